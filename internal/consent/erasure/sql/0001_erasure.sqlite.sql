-- Requests to erase a record, and what was decided. Times are seconds since 1970,
-- UTC; 0 is never. When a record was erased nothing is left here that names
-- anybody but the number that they had and who decided.
CREATE TABLE erasure (
  id        text    PRIMARY KEY,
  account   text    NOT NULL,            -- who asked; "" for an operator, and after the erasure
  patient   text    NOT NULL,            -- the id of the Patient; "" after the erasure
  person    integer NOT NULL,
  words     blob    NOT NULL,            -- why, sealed with the key of the record
  terms     text    NOT NULL,            -- the version of the list of grounds
  made      integer NOT NULL,
  due       integer NOT NULL,
  state     text    NOT NULL,            -- asked refused withdrawn decided done
  ground    text    NOT NULL DEFAULT '', -- of the decision
  reason    blob    NOT NULL,            -- of a refusal, sealed with the key of the record
  by_whom   text    NOT NULL DEFAULT '',
  decided   integer NOT NULL DEFAULT 0,
  job       integer NOT NULL DEFAULT 0,
  done      integer NOT NULL DEFAULT 0,
  resources integer NOT NULL DEFAULT 0,
  versions  integer NOT NULL DEFAULT 0,
  entries   integer NOT NULL DEFAULT 0,
  certified text    NOT NULL DEFAULT ''  -- the certificate, as it was signed
) WITHOUT ROWID;
CREATE INDEX erasure_person ON erasure (person);
CREATE INDEX erasure_state ON erasure (state, due);
