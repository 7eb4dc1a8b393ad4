-- What somebody chose on the way to a decision, as JSON of Choice, and whose choice it is.
ALTER TABLE client_ask ADD COLUMN chosen text NOT NULL DEFAULT '';
ALTER TABLE client_ask ADD COLUMN chooser text NOT NULL DEFAULT '';

-- When a token was last given out for a permission, to about a minute; 0 for never.
ALTER TABLE client_grant ADD COLUMN used bigint NOT NULL DEFAULT 0;

-- What is said of a client to those whom it asks.
CREATE TABLE client_about (
  client  text PRIMARY KEY,
  owner   text NOT NULL,                 -- who runs it
  purpose text NOT NULL                  -- what it says that it wants the data for; '' for nothing
);
