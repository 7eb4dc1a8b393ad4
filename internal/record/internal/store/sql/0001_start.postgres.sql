-- What each table is for stands in docs/developers/store.md.
CREATE TABLE kind (num bigint PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE param (num bigint PRIMARY KEY, id text NOT NULL UNIQUE, ready bigint NOT NULL);
CREATE TABLE registry (one bigint PRIMARY KEY, version bigint NOT NULL, rebuild bigint NOT NULL, at bigint NOT NULL, ring text NOT NULL);
INSERT INTO registry VALUES (1, 1, 0, 0, '');
CREATE SEQUENCE person_number START 1024;
CREATE TABLE person (
	person bigint PRIMARY KEY,
	id     text NOT NULL,
	next   bigint NOT NULL,
	key    bytea NOT NULL
);
CREATE TABLE name (hash bigint PRIMARY KEY, row bigint NOT NULL);
CREATE TABLE res (
	row  bigint PRIMARY KEY,
	tx   bigint NOT NULL,
	at   bigint NOT NULL,
	mask bigint NOT NULL,
	ver  bigint NOT NULL,
	kind smallint NOT NULL,
	how  smallint NOT NULL,
	id   bytea NOT NULL,
	body bytea
);
-- Bodies are compressed and sealed already: a second try to compress them costs time and gains nothing.
ALTER TABLE res ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX res_at ON res (kind, at);
CREATE TABLE old (
	row  bigint NOT NULL,
	ver  bigint NOT NULL,
	tx   bigint NOT NULL,
	at   bigint NOT NULL,
	mask bigint NOT NULL,
	kind smallint NOT NULL,
	how  smallint NOT NULL,
	id   bytea NOT NULL,
	body bytea,
	PRIMARY KEY (row, ver)
);
ALTER TABLE old ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE feed (
	tx   bigint NOT NULL,
	row  bigint NOT NULL,
	ver  bigint NOT NULL,
	kind smallint NOT NULL,
	PRIMARY KEY (tx, row, ver)
);
CREATE TABLE moved (row bigint PRIMARY KEY, was bigint NOT NULL);
CREATE TABLE far (hash bigint NOT NULL, row bigint NOT NULL, PRIMARY KEY (hash, row));
CREATE TABLE link (target bigint NOT NULL, row bigint NOT NULL, param int NOT NULL, PRIMARY KEY (target, param, row));
CREATE TABLE ord (low bigint NOT NULL, high bigint NOT NULL, row bigint NOT NULL, key bigint NOT NULL, PRIMARY KEY (key, low, row, high));
CREATE TABLE str (row bigint NOT NULL, key int NOT NULL, text text COLLATE "C" NOT NULL, PRIMARY KEY (key, text, row));
CREATE TABLE also (person bigint NOT NULL, row bigint NOT NULL, PRIMARY KEY (person, row));
CREATE TABLE sys (param bigint NOT NULL, system text NOT NULL, PRIMARY KEY (param, system));
CREATE TABLE follower (name text PRIMARY KEY, tx bigint NOT NULL, row bigint NOT NULL, ver bigint NOT NULL);
