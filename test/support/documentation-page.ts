import { existsSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromiumPath = process.env['CHROMIUM'] ?? usualPlaces.find((path) => existsSync(path));

export const howToInstallChromium =
  'There is no Chromium. Install one (apt-get install --no-install-recommends chromium) or name it in CHROMIUM.';

/** Swagger UI in a real browser, used as a person would: by clicking and typing. */
export class DocumentationPage {
  /** Errors on the console, violations of the content security policy among them, exceptions, failed requests. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('requestfailed', (request) => this.complaints.push(`${request.url()} failed`));
  }

  static async open(url: string): Promise<DocumentationPage> {
    // The sandbox of the browser needs what containers often lack; the only page is ours.
    const browser = await chromium.launch({ executablePath: chromiumPath, chromiumSandbox: false });
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const documentation = new DocumentationPage(browser, page);
    await page.goto(url);
    await page.locator('.opblock').first().waitFor();
    return documentation;
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** Fills in an operation, presses Execute and reads the answer from the page. */
  async execute(
    operationId: string,
    { parameters = {}, edit }: { parameters?: Readonly<Record<string, string>>; edit?: (body: object) => object } = {},
  ): Promise<{ status: string; body: Record<string, unknown> }> {
    const operation = this.page.locator(`[id$="-${operationId}"].opblock`);
    await operation.locator('.opblock-summary-control').click();
    for (const [name, value] of Object.entries(parameters)) {
      await operation.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    if (edit) {
      const text = operation.locator('textarea.body-param__text');
      await text.fill(JSON.stringify(edit(JSON.parse(await text.inputValue()) as object), null, 2));
    }
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    const status = await firstLine(answer.locator('tbody .response-col_status'));
    const body = await answer.locator('.highlight-code code').first().innerText();
    return { status, body: JSON.parse(body) as Record<string, unknown> };
  }

  /** The dialogue behind the button Authorize. */
  async authorize(token: string): Promise<void> {
    await this.page.locator('.auth-wrapper .btn.authorize').click();
    const dialogue = this.page.locator('.dialog-ux');
    await dialogue.getByLabel('auth-bearer-value').fill(token);
    await dialogue.getByLabel('Apply credentials').first().click();
    await dialogue.getByRole('button', { name: 'Close' }).last().click();
  }
}

async function firstLine(locator: Locator): Promise<string> {
  return (await locator.first().innerText()).split('\n')[0] ?? '';
}
