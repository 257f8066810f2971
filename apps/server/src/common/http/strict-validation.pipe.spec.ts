import 'reflect-metadata';
import { UpdateSchemaDto } from '../../configs/schema-changes.dto';
import { DiffQuery, RollbackDto } from '../../configs/config-revisions.dto';
import { CreateProjectDto, UpdateProjectDto } from '../../projects/projects.dto';
import { GrantRoleDto } from '../../roles/roles.dto';
import { CreateSchemaDto } from '../../schemas/schemas.dto';
import { CreateUserDto, UpdateUserDto } from '../../users/users.dto';
import { describeErrors, Rejected } from '../rejected';
import { PageQuery } from './page';
import { StrictValidationPipe } from './strict-validation.pipe';

const pipe = new StrictValidationPipe();
type Dto = new () => object;

function problemOf(type: 'body' | 'query', metatype: Dto, value: unknown) {
  try {
    pipe.transform(value, { type, metatype });
    return undefined;
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const { errors, detail = describeErrors(errors) } = error.detail;
    return { detail, errors };
  }
}
const place = ({ pointer, parameter, keyword }: { pointer?: string; parameter?: string; keyword?: string }) =>
  `${pointer ?? parameter} ${keyword}`;

const user = { email: 'ada@example.com', password: 'correct horse' };

describe('a value of a wrong type', () => {
  it.each<[Dto, object, string]>([
    [CreateProjectDto, { name: 7 }, '/name isString'],
    [CreateProjectDto, { name: null }, '/name isString'],
    [CreateProjectDto, { name: 'x', description: [] }, '/description isString'],
    [CreateUserDto, { ...user, email: 7 }, '/email isString'],
    [CreateUserDto, { ...user, password: 12345678 }, '/password isString'],
    [CreateUserDto, { ...user, name: {} }, '/name isString'],
    [CreateUserDto, { ...user, isAdmin: 'yes' }, '/isAdmin isBoolean'],
    [UpdateSchemaDto, { name: true, content: 1 }, '/name isString'],
    [UpdateSchemaDto, { content: 1, expectedVersion: '1' }, '/expectedVersion isInt'],
    [RollbackDto, { targetVersion: '1' }, '/targetVersion isInt'],
    [GrantRoleDto, { role: 7 }, '/role isIn'],
  ])('is blamed on its type: %p %j', (dto, body, expected) => {
    expect(problemOf('body', dto, body)?.errors?.map(place)).toEqual([expected]);
  });

  it('is told apart from one that is missing, and from one of the right type', () => {
    expect(problemOf('body', CreateProjectDto, {})?.errors?.map(place)).toEqual(['/name required']);
    expect(problemOf('body', CreateSchemaDto, { name: 'x' })?.errors?.map(place)).toEqual(['/content required']);
    expect(problemOf('query', DiffQuery, { from: '1' })?.errors?.map(place)).toEqual(['to required']);
    expect(problemOf('query', PageQuery, { limit: 'x' })?.errors?.map(place)).toEqual(['limit isInt']);
    expect(problemOf('query', PageQuery, { limit: '0' })?.errors?.map(place)).toEqual(['limit min']);
    expect(problemOf('body', RollbackDto, { targetVersion: 0 })?.errors?.map(place)).toEqual(['/targetVersion min']);
    expect(problemOf('body', CreateProjectDto, { name: 'x'.repeat(201) })?.errors?.map(place)).toEqual([
      '/name maxLength',
    ]);
  });
});

describe('the detail of a problem', () => {
  it('names the first wrong place', () => {
    expect(problemOf('body', CreateProjectDto, { nmae: 'x', name: 'x' })?.detail).toBe('/nmae: is not known here');
    expect(problemOf('query', PageQuery, { limit: '0' })?.detail).toBe('limit: must be a whole number from 1 to 200');
  });

  it.each([[[]], [null], ['x'], [undefined]])('says of the body %j as a whole what it must be', (body) => {
    const problem = problemOf('body', CreateProjectDto, body);
    expect(problem?.detail).toBe('The body must be a JSON object.');
    expect(problem?.errors).toMatchObject([{ pointer: '' }]);
  });

  it('names a header', () => {
    expect(describeErrors([{ header: 'If-Match', message: 'must be an ETag' }])).toBe('If-Match: must be an ETag');
  });
});

describe('what is said of a member', () => {
  it.each([
    [CreateUserDto, { email: 5, password: 7, name: 8 }, ['email', 'password', 'name']],
    [CreateUserDto, { email: null, password: [] }, ['email', 'password']],
    [CreateProjectDto, { name: 5 }, ['name']],
    [CreateProjectDto, { name: null }, ['name']],
    [CreateSchemaDto, { name: {}, content: 1 }, ['name']],
  ] as const)('of a wrong type is its type: %p %j', (dto, body, wrong) => {
    const errors = wrong.map((name) => ({ pointer: `/${name}`, keyword: 'isString', message: 'must be a string' }));
    expect(problemOf('body', dto, body)?.errors).toEqual(errors);
  });

  it('that is missing is that it is required', () => {
    const errors = ['email', 'password'].map((name) => ({
      pointer: `/${name}`,
      keyword: 'required',
      message: 'is required',
    }));
    expect(problemOf('body', CreateUserDto, {})?.errors).toEqual(errors);
  });
});

describe('a name', () => {
  const named: readonly [Dto, object][] = [
    [CreateProjectDto, {}],
    [UpdateProjectDto, {}],
    [CreateUserDto, user],
    [UpdateUserDto, {}],
    [CreateSchemaDto, { content: {} }],
    [UpdateSchemaDto, { content: {} }],
  ];

  it.each(['', '   ', '\t\n', '\u00a0\u3000', '\u200b', ' \u200d\ufeff '])('that is blank is refused: %j', (name) => {
    for (const [dto, body] of named) {
      expect(problemOf('body', dto, { ...body, name })?.errors).toMatchObject([
        { pointer: '/name', keyword: 'matches', message: 'must not be blank' },
      ]);
    }
  });

  it.each(['x', ' x ', '名', '👩‍🚀', '-'])('that shows is taken: %j', (name) => {
    for (const [dto, body] of named) expect(problemOf('body', dto, { ...body, name })).toBeUndefined();
  });

  it('of a user may be null or left out', () => {
    for (const dto of [CreateUserDto, UpdateUserDto]) {
      expect(problemOf('body', dto, { ...user, name: null })).toBeUndefined();
      expect(problemOf('body', dto, user)).toBeUndefined();
    }
  });
});
