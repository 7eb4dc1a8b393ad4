-- Copies of those who act for somebody, by the right that allows it.
ALTER TABLE takeaway ADD COLUMN mandate text NOT NULL DEFAULT '';      -- the right; '' for an own copy
ALTER TABLE takeaway ADD COLUMN file    integer NOT NULL DEFAULT 1;   -- the kind of the pieces of its file
ALTER TABLE takeaway ADD COLUMN digest  text NOT NULL DEFAULT '';      -- of what it was made of, where it is of a right
