import { parseDatabaseUrl } from './database-url';

describe('DATABASE_URL', () => {
  it.each([
    'postgres://user:password@db.example.com:5432/configs',
    'postgresql://user@db.example.com/configs?sslmode=require',
    'postgres://user:p%25q@[::1]:5432/configs',
    'postgres://user@/configs?host=/var/run/postgresql',
    'postgres://localhost/configs',
    'postgres:///configs?host=/var/run/postgresql',
  ])('takes %s as it is', (url) => expect(parseDatabaseUrl(url)).toBe(url));

  it.each([
    'postgres://user:p%@db/configs',
    'postgres://user:p@db:99999/configs',
    'postgres://user:p@:99999/configs',
    'postgres://user:p@db:port/configs',
    'postgres://user:p@db host/configs',
    'postgres://',
    'postgres:///',
    'mysql://user@db/configs',
    'db.example.com',
  ])('refuses %s', (url) => expect(parseDatabaseUrl(url)).toBeUndefined());
});
