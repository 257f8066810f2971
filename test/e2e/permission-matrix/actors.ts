import { JwtService } from '@nestjs/jwt';
import { accessTokenTerms } from '../../../apps/server/src/auth/access-tokens';
import type { RemoteWorld, Session, TestProject, TestSchema } from '../../support/remote-world';

export const actorNames = [
  'system admin',
  'project admin',
  'editor',
  'viewer',
  'stranger',
  'nobody',
  'expired token',
  'deleted user',
] as const;
export type Actor = (typeof actorNames)[number];

export const signingSecret = { kid: 'known', secret: 'a secret that the test knows as well as the node' };

/** One project and somebody of each kind. */
export interface Cast {
  readonly world: RemoteWorld;
  readonly project: TestProject;
  readonly schema: TestSchema;
  readonly viewer: Session;
  /** Comes and goes; acts never. */
  readonly guest: Session;
  readonly tokens: Readonly<Record<Actor, string | null>>;
}

export async function aCast(world: RemoteWorld): Promise<Cast> {
  const [project, schema] = [await world.aProject(), await world.aSchema()];
  const projectAdmin = await world.aMember(project, 'admin');
  const editor = await world.aMember(project, 'editor');
  const viewer = await world.aMember(project, 'viewer');
  const stranger = await world.aUser();
  const deleted = await world.aMember(project, 'admin');
  await world.asAdmin('delete', `/v1/users/${deleted.userId}`).expect(204);
  const tokens = {
    'system admin': world.admin.accessToken,
    'project admin': projectAdmin.accessToken,
    editor: editor.accessToken,
    viewer: viewer.accessToken,
    stranger: stranger.accessToken,
    nobody: null,
    'expired token': expiredToken(world.admin.userId),
    'deleted user': deleted.accessToken,
  };
  return { world, project, schema, viewer, guest: await world.aUser(), tokens };
}

function expiredToken(userId: string): string {
  const { kid: keyid, secret } = signingSecret;
  const exp = Math.floor(Date.now() / 1000) - 1;
  return new JwtService().sign({ exp }, { ...accessTokenTerms, secret, keyid, subject: userId });
}
