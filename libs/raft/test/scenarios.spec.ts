import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transcribe } from './scenario/script';

const folder = join(__dirname, 'scenarios');
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

/** `UPDATE_TRANSCRIPTS=1` writes the transcripts anew; read every difference before you commit it. */
describe('scenarios', () => {
  test.each(names)('%s', (name) => {
    const file = join(folder, name);
    const written = readFileSync(file, 'utf8');
    const transcript = transcribe(written);
    if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(file, transcript);
    else expect(transcript).toBe(written);
  });
});
