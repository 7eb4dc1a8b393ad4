-- Emergencies that staff declared. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE emergency (
  id           TEXT PRIMARY KEY,
  patient      TEXT NOT NULL,            -- the logical id of the Patient
  account      TEXT NOT NULL,            -- of whoever declared it
  session      TEXT NOT NULL,            -- the sign-in and the passkey that it is good for
  passkey      BLOB NOT NULL,
  place        TEXT NOT NULL,            -- where they worked, and as what
  organisation TEXT NOT NULL,
  org_name     TEXT NOT NULL,
  trust        TEXT NOT NULL,            -- the organisation that a site belongs to, or the organisation itself
  role         TEXT NOT NULL,
  name         TEXT NOT NULL,
  sealed       BLOB NOT NULL,            -- why, and what tells the person from others
  policy       TEXT NOT NULL,
  made         INTEGER NOT NULL,            -- when the reason was given
  begun        INTEGER NOT NULL DEFAULT 0,  -- when the passkey was touched
  ends         INTEGER NOT NULL DEFAULT 0,
  ended        INTEGER NOT NULL DEFAULT 0,  -- by its holder, before that
  month        TEXT NOT NULL DEFAULT '', -- in which it began, as 2026-05, for the public counts
  told         INTEGER NOT NULL DEFAULT 0,  -- when the person was told
  reached      INTEGER NOT NULL DEFAULT 0,  -- 1: they had an account to be told by
  held         INTEGER NOT NULL DEFAULT 0,  -- until when they are not told; 0 where nobody asked for that
  held_for     TEXT NOT NULL DEFAULT '', -- the account of the reviewer who is asked whether they wait
  held_by      TEXT NOT NULL DEFAULT '', -- and who decided that they do
  due          INTEGER NOT NULL DEFAULT 0,  -- when the review has to be done
  state        TEXT NOT NULL DEFAULT 'open',
  reviewed     INTEGER NOT NULL DEFAULT 0,
  escalated    INTEGER NOT NULL DEFAULT 0   -- when operators were told that the review is late
);
CREATE INDEX emergency_account ON emergency (account, made);
CREATE INDEX emergency_patient ON emergency (patient, begun);
CREATE INDEX emergency_review ON emergency (trust, reviewed, due);
CREATE INDEX emergency_late ON emergency (reviewed, escalated, due);
CREATE INDEX emergency_held ON emergency (told, held);
CREATE INDEX emergency_month ON emergency (month);
-- What was said about one afterwards, in order. Nothing is changed or taken away.
CREATE TABLE emergency_note (
  emergency TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  account   TEXT NOT NULL,
  name      TEXT NOT NULL,
  what      TEXT NOT NULL,
  sealed    BLOB NOT NULL,
  PRIMARY KEY (emergency, seq)
);
-- The key under which all that was written about one person's emergencies is sealed.
CREATE TABLE emergency_key (
  patient TEXT PRIMARY KEY,
  key     BLOB NOT NULL
);
