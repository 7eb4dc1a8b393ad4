-- Work that outlives a request. Times are microseconds since 1970, UTC.
CREATE TABLE job (
  id       integer PRIMARY KEY,
  kind     text    NOT NULL,
  by_whom  blob    NOT NULL,           -- who wanted it, JSON
  purpose  integer NOT NULL,
  args     blob    NOT NULL,
  state    text    NOT NULL,           -- waiting running done failed cancelled
  cancel   integer NOT NULL DEFAULT 0, -- somebody asked for its end
  made     integer NOT NULL,
  due      integer NOT NULL,           -- waiting: not before; running: the owner's lease ends
  ended    integer NOT NULL DEFAULT 0,
  owner    text    NOT NULL DEFAULT '',
  attempt  integer NOT NULL DEFAULT 0, -- grows with each start; with owner it fences off an old one
  failures integer NOT NULL DEFAULT 0, -- starts since there was progress
  tries    integer NOT NULL,
  done     integer NOT NULL DEFAULT 0,
  total    integer NOT NULL DEFAULT 0,
  spot     blob,                       -- where to go on
  result   blob,
  error    text    NOT NULL DEFAULT '' -- a sentence that is safe to show
);
CREATE INDEX job_due ON job (state, due);
