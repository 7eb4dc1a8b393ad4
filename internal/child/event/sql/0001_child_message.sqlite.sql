-- Event messages as they came: those that were taken, so that none is taken twice,
-- and those that wait for a person, sealed. Times are seconds since 1970, UTC.
CREATE TABLE child_message (
  id        text    NOT NULL PRIMARY KEY,  -- by which the pages name it
  identity  text    NOT NULL,              -- digest of source, number, event and kind; '' where it can not be read
  content   text    NOT NULL,              -- digest of what it says
  source    text    NOT NULL,              -- the system that sent it, as it names itself; '' for not known
  event     text    NOT NULL,
  kind      text    NOT NULL,
  published integer NOT NULL,              -- 0 for not known
  received  integer NOT NULL,
  sender    text    NOT NULL,              -- the actor who brought it
  state     text    NOT NULL,              -- taking, applied, same, late, waiting or dismissed
  reason    text    NOT NULL,              -- why it waits, for programs
  line      integer NOT NULL,
  place     text    NOT NULL,
  say       text    NOT NULL,              -- why it waits, for people; nothing of what it says about anybody
  patient   text    NOT NULL,              -- the id of the Patient whose record it went into; '' for none
  decided   text    NOT NULL,              -- the actor who took or dismissed it after it waited; '' for none
  why       text    NOT NULL,              -- what they wrote, sealed; '' for nothing
  body      text,                          -- the message, sealed; NULL once it is taken or dismissed
  size      integer NOT NULL,              -- of the message
  UNIQUE (identity, content)
) WITHOUT ROWID;
CREATE INDEX child_message_state ON child_message (state, received);
CREATE INDEX child_message_patient ON child_message (patient);
