-- The example family, of which there is one at a time. While it is being made or
-- removed nobody looks round with it.
CREATE TABLE example_family (
  id    bigint  NOT NULL PRIMARY KEY, -- always 1
  state text    NOT NULL,             -- making, here or going
  by_whom text  NOT NULL,             -- the account that asked last
  at    bigint  NOT NULL              -- seconds since 1970, UTC
);
-- Who is in it. A Patient with a row was made for the example by this room, under
-- an id that it drew, and is nobody else's.
CREATE TABLE example_person (
  patient  text    NOT NULL PRIMARY KEY, -- the logical id of the record
  place    bigint  NOT NULL,             -- where they stand in the list
  name     text    NOT NULL,
  relation text    NOT NULL
);
-- As whom a session looks round.
CREATE TABLE example_acting (
  session text    NOT NULL PRIMARY KEY,
  account text    NOT NULL,
  patient text    NOT NULL,
  at      bigint  NOT NULL
);
