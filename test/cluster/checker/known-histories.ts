/** Histories that a correct service can give. */
export const goodHistories: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'a life of one config': `
    p 0-1 create a -> done 1
    p 1-2 write b @1 -> done 2
    p 2-3 read -> found 2 b
    p 3-4 delete @2 -> done
    p 4-5 read -> missing
    p 5-6 create c -> done 4
    p 6-7 read -> found 4 c`,
  'a read before anything was made': `
    p 0-1 read -> missing
    q 1-2 create a -> done 1`,
  'a read during a write sees the old content': `
    p 0-1 create a -> done 1
    p 2-6 write b @1 -> done 2
    q 3-4 read -> found 1 a`,
  'a read during a write sees the new content': `
    p 0-1 create a -> done 1
    p 2-6 write b @1 -> done 2
    q 3-4 read -> found 2 b
    q 5-7 read -> found 2 b`,
  'two readers around the moment of a write': `
    p 0-1 create a -> done 1
    p 2-9 write b @1 -> done 2
    q 3-4 read -> found 1 a
    r 3-8 read -> found 2 b
    q 5-6 read -> found 2 b`,
  'of two that expect the same version one wins': `
    p 0-1 create a -> done 1
    p 2-5 write b @1 -> done 2
    q 2-5 write c @1 -> conflict 2
    q 6-7 read -> found 2 b`,
  'the winner is called last': `
    p 0-1 create a -> done 1
    p 2-8 write b @1 -> conflict 2
    q 4-6 write c @1 -> done 2`,
  'an unknown write that surfaces late': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 read -> found 1 a
    q 5-6 read -> found 1 a
    q 7-8 read -> found 2 b
    q 9-10 read -> found 2 b`,
  'an unknown write that never took effect': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 write c @1 -> done 2
    q 5-6 read -> found 2 c`,
  'an unknown write that made a conflict before anyone read it': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 write c @1 -> conflict 2
    q 5-6 write c @2 -> done 3`,
  'several unknown writes of which one took effect': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 2-? write c @1 -> unknown
    r 2-? write d @1 -> unknown
    s 3-4 read -> found 1 a
    s 5-6 read -> found 2 c`,
  'unknown writes in a chain that nobody read': `
    p 0-1 create a -> done 1
    p 2-? write b @* -> unknown
    q 3-? write c @* -> unknown
    r 4-? delete @* -> unknown
    s 5-6 create d -> done 5
    s 7-8 read -> found 5 d`,
  'an unknown create whose key is then taken': `
    p 0-? create a -> unknown
    q 1-2 create b -> taken
    q 3-4 read -> found 1 a`,
  'an unknown deletion between two creates': `
    p 0-1 create a -> done 1
    q 1-? delete @* -> unknown
    p 2-3 read -> found 1 a
    p 4-5 create b -> done 3`,
  'a deletion without a version and a write at the same time': `
    p 0-1 create a -> done 1
    p 2-5 delete @* -> done
    q 2-5 write b @* -> done 2
    r 6-7 create c -> done 4`,
  'a deletion that came first': `
    p 0-1 create a -> done 1
    p 2-5 delete @* -> done
    q 2-5 write b @* -> missing
    r 6-7 create c -> done 3`,
  'a rollback is a new version with an old content': `
    p 0-1 create a -> done 1
    p 1-2 write b @1 -> done 2
    p 2-3 write a @2 -> done 3
    q 3-4 read -> found 3 a`,
  'answers of six clients that all overlap': `
    p 0-9 create a -> done 1
    q 0-9 write b @1 -> done 2
    r 0-9 delete @2 -> done
    s 0-9 create d -> done 4
    t 0-9 read -> found 2 b
    u 0-9 read -> missing`,
  'a conflict whose answer does not name the version': `
    p 0-1 create a -> done 1
    p 1-2 write b @1 -> done 2
    q 3-4 write c @1 -> conflict`,
  'keys do not know of each other': `
    p 0-1 x:create a -> done 1
    q 2-3 y:read -> missing
    q 4-5 y:create b -> done 1
    p 4-5 x:read -> found 1 a`,
};

/** Histories that no correct service gives, each by the failure behind it. */
export const badHistories: Readonly<Record<string, string>> = {
  'stale read: a deposed leader answers from its memory': `
    p@node-1 0-1 create a -> done 1
    p@node-2 2-3 write b @1 -> done 2
    q@node-1 4-5 read -> found 1 a`,
  'stale read of a config that another client has seen changed': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 read -> found 2 b
    r 5-6 read -> found 1 a`,
  'non-monotonic read: new, then old, within one write': `
    p 0-1 create a -> done 1
    p 2-9 write b @1 -> done 2
    q 3-4 read -> found 2 b
    q 5-6 read -> found 1 a`,
  'lost update: both writers got the same version': `
    p 0-1 create a -> done 1
    p 2-5 write b @1 -> done 2
    q 2-5 write c @1 -> done 2`,
  'lost update: the second version was never there': `
    p 0-1 create a -> done 1
    p 2-3 write b @1 -> done 2
    q 4-5 write c @1 -> done 2
    q 6-7 read -> found 2 c`,
  'lost write: acknowledged, then gone': `
    p 0-1 create a -> done 1
    p 2-3 write b @1 -> done 2
    q 4-5 write c @1 -> conflict 1`,
  'split brain: two sides go their own ways': `
    p@node-1 0-1 create a -> done 1
    p@node-1 2-3 write b @1 -> done 2
    q@node-3 2-4 write c @1 -> done 2
    p@node-1 5-6 read -> found 2 b
    q@node-3 5-6 read -> found 2 c`,
  'split brain: two creates of one key': `
    p@node-1 0-3 create a -> done 1
    q@node-3 1-2 create b -> done 1`,
  'an unknown write that surfaces before its call': `
    p 0-1 create a -> done 1
    q 2-3 read -> found 2 b
    p 4-? write b @1 -> unknown`,
  'an unknown write that surfaces although its version was taken': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 write c @1 -> done 2
    q 5-6 read -> found 3 b`,
  'an unknown write that surfaces and goes again': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 3-4 read -> found 2 b
    q 5-6 write c @1 -> done 2`,
  'two unknown writes over one version, both seen': `
    p 0-1 create a -> done 1
    p 2-? write b @1 -> unknown
    q 2-? write c @1 -> unknown
    r 3-4 read -> found 2 b
    r 5-6 read -> found 2 c`,
  'duplicated write: a retry was executed once more': `
    p 0-1 create a -> done 1
    p 2-5 write b @* -> done 2
    q 6-7 read -> found 3 b`,
  'duplicated unknown write': `
    p 0-1 create a -> done 1
    p 2-? write b @* -> unknown
    q 3-4 read -> found 2 b
    q 5-6 read -> found 3 b`,
  'a failed write took effect': `
    p 0-1 create a -> done 1
    q 4-5 read -> found 2 b`,
  'a refused write took effect': `
    p 0-1 create a -> done 1
    p 2-3 write b @1 -> done 2
    q 4-5 write c @1 -> conflict 2
    q 6-7 read -> found 3 c`,
  'a version is seen twice after a deletion': `
    p 0-1 create a -> done 1
    p 2-3 delete @1 -> done
    p 4-5 create b -> done 1`,
  'a deleted config comes back': `
    p 0-1 create a -> done 1
    p 2-3 delete @1 -> done
    q 4-5 read -> found 1 a`,
  'a conflict where there was none': `
    p 0-1 create a -> done 1
    p 2-3 write b @1 -> conflict 1`,
  'taken, although nothing was made': `
    p 0-1 create a -> taken
    p 2-3 create b -> done 1`,
  'not found right after it was made': `
    p@node-1 0-1 create a -> done 1
    p@node-2 2-3 read -> missing`,
  'a content that nobody wrote': `
    p 0-1 create a -> done 1
    p 2-3 read -> found 1 z`,
  'right content under the wrong version': `
    p 0-1 create a -> done 1
    p 2-3 write b @1 -> done 2
    p 4-5 read -> found 1 b`,
  'a rollback that brought another content': `
    p 0-1 create a -> done 1
    p 1-2 write b @1 -> done 2
    p 2-3 write a @2 -> done 3
    q 3-4 read -> found 3 b`,
  'two that overlap cannot both be first': `
    p 0-9 write b @1 -> done 2
    q 0-1 create a -> done 1
    r 2-3 read -> found 2 b
    s 4-5 read -> found 1 a`,
  'one key of many is wrong': `
    p 0-1 x:create a -> done 1
    q 0-1 y:create a -> done 1
    p 2-3 x:write b @1 -> done 2
    q 4-5 x:read -> found 1 a
    q 6-7 y:read -> found 1 a`,
};
