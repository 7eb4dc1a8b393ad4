-- Emergencies that staff declared. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE emergency (
  id           text PRIMARY KEY,
  patient      text NOT NULL,            -- the logical id of the Patient
  account      text NOT NULL,            -- of whoever declared it
  session      text NOT NULL,            -- the sign-in and the passkey that it is good for
  passkey      bytea NOT NULL,
  place        text NOT NULL,            -- where they worked, and as what
  organisation text NOT NULL,
  org_name     text NOT NULL,
  trust        text NOT NULL,            -- the organisation that a site belongs to, or the organisation itself
  role         text NOT NULL,
  name         text NOT NULL,
  sealed       bytea NOT NULL,            -- why, and what tells the person from others
  policy       text NOT NULL,
  made         bigint NOT NULL,            -- when the reason was given
  begun        bigint NOT NULL DEFAULT 0,  -- when the passkey was touched
  ends         bigint NOT NULL DEFAULT 0,
  ended        bigint NOT NULL DEFAULT 0,  -- by its holder, before that
  month        text NOT NULL DEFAULT '', -- in which it began, as 2026-05, for the public counts
  told         bigint NOT NULL DEFAULT 0,  -- when the person was told
  reached      bigint NOT NULL DEFAULT 0,  -- 1: they had an account to be told by
  held         bigint NOT NULL DEFAULT 0,  -- until when they are not told; 0 where nobody asked for that
  held_for     text NOT NULL DEFAULT '', -- the account of the reviewer who is asked whether they wait
  held_by      text NOT NULL DEFAULT '', -- and who decided that they do
  due          bigint NOT NULL DEFAULT 0,  -- when the review has to be done
  state        text NOT NULL DEFAULT 'open',
  reviewed     bigint NOT NULL DEFAULT 0,
  escalated    bigint NOT NULL DEFAULT 0   -- when operators were told that the review is late
);
CREATE INDEX emergency_account ON emergency (account, made);
CREATE INDEX emergency_patient ON emergency (patient, begun);
CREATE INDEX emergency_review ON emergency (trust, reviewed, due);
CREATE INDEX emergency_late ON emergency (reviewed, escalated, due);
CREATE INDEX emergency_held ON emergency (told, held);
CREATE INDEX emergency_month ON emergency (month);
-- What was said about one afterwards, in order. Nothing is changed or taken away.
CREATE TABLE emergency_note (
  emergency text NOT NULL,
  seq       bigint NOT NULL,
  at        bigint NOT NULL,
  account   text NOT NULL,
  name      text NOT NULL,
  what      text NOT NULL,
  sealed    bytea NOT NULL,
  PRIMARY KEY (emergency, seq)
);
-- The key under which all that was written about one person's emergencies is sealed.
CREATE TABLE emergency_key (
  patient text PRIMARY KEY,
  key     bytea NOT NULL
);
