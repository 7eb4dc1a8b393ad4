-- Credentials that were given out. Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE token (
  id      text    PRIMARY KEY,
  hash    blob    NOT NULL,           -- SHA-256 of the secret half
  role    text    NOT NULL,
  verbs   integer NOT NULL,           -- the most that it allows, on every resource type
  label   text    NOT NULL,           -- what the operator calls it
  created integer NOT NULL,
  expires integer NOT NULL,
  revoked integer NOT NULL DEFAULT 0
);
