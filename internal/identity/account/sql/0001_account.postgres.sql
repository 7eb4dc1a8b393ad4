-- Accounts and ways in. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE account (
  id        text   PRIMARY KEY,        -- random; the only name that an account has
  state     bigint NOT NULL,           -- 1 good, 2 suspended, 3 closed
  staff     bigint NOT NULL,           -- 1: passkeys are held to the policy for staff
  handle    bytea  NOT NULL,           -- what passkeys know the account by; random
  key       bytea  NOT NULL,           -- wrapped; without it what is sealed below is lost
  name      bytea  NOT NULL,           -- sealed: what the person calls the account
  proof     bigint NOT NULL DEFAULT 0, -- level of proof: 0, 5 or 9
  best      bigint NOT NULL DEFAULT 0, -- the most that it ever was
  held      bigint NOT NULL DEFAULT 0, -- what it was before a recovery
  record    text   NOT NULL DEFAULT '',-- the record that is theirs; empty is none
  recovered bigint NOT NULL DEFAULT 0, -- a recovery since which nothing was proven again
  waits     bigint NOT NULL DEFAULT 0, -- until when it can be stopped
  made      bigint NOT NULL
);

CREATE TABLE account_channel (
  id       text   PRIMARY KEY,
  account  text   NOT NULL,
  medium   text   NOT NULL,            -- email phone
  sealed   bytea  NOT NULL,            -- the address
  hash     bigint NOT NULL,            -- keyed; several accounts may have one address
  verified bigint NOT NULL DEFAULT 0,
  code     bigint NOT NULL DEFAULT 0,  -- keyed hash of the code that was sent
  ends     bigint NOT NULL DEFAULT 0,  -- how long that code is good
  tries    bigint NOT NULL DEFAULT 0,
  added    bigint NOT NULL
);
CREATE INDEX account_channel_account ON account_channel (account);
CREATE INDEX account_channel_hash ON account_channel (hash);

CREATE TABLE passkey (
  id         bytea  PRIMARY KEY,       -- the credential id, chosen by the authenticator
  account    text   NOT NULL,
  public     bytea  NOT NULL,          -- COSE key
  name       bytea  NOT NULL,          -- sealed
  aaguid     bytea  NOT NULL,
  format     text   NOT NULL,          -- of the attestation
  transports text   NOT NULL,
  eligible   bigint NOT NULL,          -- may be copied to other devices; never changes
  backed     bigint NOT NULL,          -- is copied
  count      bigint NOT NULL,
  added      bigint NOT NULL,
  ripe       bigint NOT NULL,          -- before this it is not a strong way in
  used       bigint NOT NULL DEFAULT 0,
  warned     bigint NOT NULL DEFAULT 0 -- when its count last went backwards
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE passkey_ceremony (
  id      text   PRIMARY KEY,
  kind    bigint NOT NULL,
  account text   NOT NULL,
  session text   NOT NULL,             -- the one that it belongs to, where there is one
  data    bytea  NOT NULL,
  ends    bigint NOT NULL
);
CREATE INDEX passkey_ceremony_ends ON passkey_ceremony (ends);

CREATE TABLE recovery_code (
  hash    bytea  PRIMARY KEY,          -- SHA-256 of a hundred random bits
  account text   NOT NULL,
  used    bigint NOT NULL DEFAULT 0
);
CREATE INDEX recovery_code_account ON recovery_code (account);

CREATE TABLE time_code (
  account text   PRIMARY KEY,
  secret  bytea  NOT NULL,             -- sealed
  step    bigint NOT NULL,             -- the newest step whose code was used
  tat     bigint NOT NULL DEFAULT 0,   -- bound of guesses, see limit.go
  fails   bigint NOT NULL DEFAULT 0,   -- since the last right one
  alarm   bigint NOT NULL DEFAULT 0    -- the person is to be told
);

CREATE TABLE session (
  hash     bytea  PRIMARY KEY,         -- SHA-256 of the secret
  id       text   NOT NULL,            -- shown in lists; lets nobody in
  account  text   NOT NULL,
  way      bigint NOT NULL,
  strength bigint NOT NULL,
  passkey  bytea  NOT NULL,            -- the credential that began or renewed it
  device   text   NOT NULL,
  begun    bigint NOT NULL,
  used     bigint NOT NULL,            -- to the minute
  verified bigint NOT NULL,            -- auth_time
  ends     bigint NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_ends ON session (ends);

-- Bounds of tries by source. There are only so many slots, however many sources.
CREATE TABLE try_slot (
  slot bigint PRIMARY KEY,
  tat  bigint NOT NULL
);

-- One row once there was an operator.
CREATE TABLE setup (
  one     bigint PRIMARY KEY CHECK (one = 1),
  account text   NOT NULL,
  at      bigint NOT NULL
);
