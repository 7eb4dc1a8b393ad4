-- Work that outlives a request. Times are microseconds since 1970, UTC.
CREATE TABLE job (
  id       bigint  PRIMARY KEY,
  kind     text    NOT NULL,
  by_whom  bytea   NOT NULL,           -- who wanted it, JSON
  purpose  bigint  NOT NULL,
  args     bytea   NOT NULL,
  state    text    NOT NULL,           -- waiting running done failed cancelled
  cancel   bigint  NOT NULL DEFAULT 0, -- somebody asked for its end
  made     bigint  NOT NULL,
  due      bigint  NOT NULL,           -- waiting: not before; running: the owner's lease ends
  ended    bigint  NOT NULL DEFAULT 0,
  owner    text    NOT NULL DEFAULT '',
  attempt  bigint  NOT NULL DEFAULT 0, -- grows with each start; with owner it fences off an old one
  failures bigint  NOT NULL DEFAULT 0, -- starts since there was progress
  tries    bigint  NOT NULL,
  done     bigint  NOT NULL DEFAULT 0,
  total    bigint  NOT NULL DEFAULT 0,
  spot     bytea,                       -- where to go on
  result   bytea,
  error    text    NOT NULL DEFAULT '' -- a sentence that is safe to show
);
CREATE INDEX job_due ON job (state, due);
