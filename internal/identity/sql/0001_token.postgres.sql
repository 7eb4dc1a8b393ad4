-- Credentials that were given out. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE token (
  id      text   PRIMARY KEY,
  hash    bytea  NOT NULL,           -- SHA-256 of the secret half
  role    text   NOT NULL,
  verbs   bigint NOT NULL,           -- the most that it allows, on every resource type
  label   text   NOT NULL,           -- what the operator calls it
  created bigint NOT NULL,
  expires bigint NOT NULL,
  revoked bigint NOT NULL DEFAULT 0
);
