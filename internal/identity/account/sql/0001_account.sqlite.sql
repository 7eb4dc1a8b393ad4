-- Accounts and ways in. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE account (
  id        text    PRIMARY KEY,        -- random; the only name that an account has
  state     integer NOT NULL,           -- 1 good, 2 suspended, 3 closed
  staff     integer NOT NULL,           -- 1: passkeys are held to the policy for staff
  handle    blob    NOT NULL,           -- what passkeys know the account by; random
  key       blob    NOT NULL,           -- wrapped; without it what is sealed below is lost
  name      blob    NOT NULL,           -- sealed: what the person calls the account
  proof     integer NOT NULL DEFAULT 0, -- level of proof: 0, 5 or 9
  best      integer NOT NULL DEFAULT 0, -- the most that it ever was
  held      integer NOT NULL DEFAULT 0, -- what it was before a recovery
  record    text    NOT NULL DEFAULT '',-- the record that is theirs; empty is none
  recovered integer NOT NULL DEFAULT 0, -- a recovery since which nothing was proven again
  waits     integer NOT NULL DEFAULT 0, -- until when it can be stopped
  made      integer NOT NULL
) WITHOUT ROWID;

CREATE TABLE account_channel (
  id       text    PRIMARY KEY,
  account  text    NOT NULL,
  medium   text    NOT NULL,            -- email phone
  sealed   blob    NOT NULL,            -- the address
  hash     integer NOT NULL,            -- keyed; several accounts may have one address
  verified integer NOT NULL DEFAULT 0,
  code     integer NOT NULL DEFAULT 0,  -- keyed hash of the code that was sent
  ends     integer NOT NULL DEFAULT 0,  -- how long that code is good
  tries    integer NOT NULL DEFAULT 0,
  added    integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_channel_account ON account_channel (account);
CREATE INDEX account_channel_hash ON account_channel (hash);

CREATE TABLE passkey (
  id         blob    PRIMARY KEY,       -- the credential id, chosen by the authenticator
  account    text    NOT NULL,
  public     blob    NOT NULL,          -- COSE key
  name       blob    NOT NULL,          -- sealed
  aaguid     blob    NOT NULL,
  format     text    NOT NULL,          -- of the attestation
  transports text    NOT NULL,
  eligible   integer NOT NULL,          -- may be copied to other devices; never changes
  backed     integer NOT NULL,          -- is copied
  count      integer NOT NULL,
  added      integer NOT NULL,
  ripe       integer NOT NULL,          -- before this it is not a strong way in
  used       integer NOT NULL DEFAULT 0,
  warned     integer NOT NULL DEFAULT 0 -- when its count last went backwards
) WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE passkey_ceremony (
  id      text    PRIMARY KEY,
  kind    integer NOT NULL,
  account text    NOT NULL,
  session text    NOT NULL,             -- the one that it belongs to, where there is one
  data    blob    NOT NULL,
  ends    integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX passkey_ceremony_ends ON passkey_ceremony (ends);

CREATE TABLE recovery_code (
  hash    blob    PRIMARY KEY,          -- SHA-256 of a hundred random bits
  account text    NOT NULL,
  used    integer NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX recovery_code_account ON recovery_code (account);

CREATE TABLE time_code (
  account text    PRIMARY KEY,
  secret  blob    NOT NULL,             -- sealed
  step    integer NOT NULL,             -- the newest step whose code was used
  tat     integer NOT NULL DEFAULT 0,   -- bound of guesses, see limit.go
  fails   integer NOT NULL DEFAULT 0,   -- since the last right one
  alarm   integer NOT NULL DEFAULT 0    -- the person is to be told
) WITHOUT ROWID;

CREATE TABLE session (
  hash     blob    PRIMARY KEY,         -- SHA-256 of the secret
  id       text    NOT NULL,            -- shown in lists; lets nobody in
  account  text    NOT NULL,
  way      integer NOT NULL,
  strength integer NOT NULL,
  passkey  blob    NOT NULL,            -- the credential that began or renewed it
  device   text    NOT NULL,
  begun    integer NOT NULL,
  used     integer NOT NULL,            -- to the minute
  verified integer NOT NULL,            -- auth_time
  ends     integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_ends ON session (ends);

-- Bounds of tries by source. There are only so many slots, however many sources.
CREATE TABLE try_slot (
  slot integer PRIMARY KEY,
  tat  integer NOT NULL
);

-- One row once there was an operator.
CREATE TABLE setup (
  one     integer PRIMARY KEY CHECK (one = 1),
  account text    NOT NULL,
  at      integer NOT NULL
);
