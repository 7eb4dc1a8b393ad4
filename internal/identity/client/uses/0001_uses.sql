-- What a program uses data for, where that is another thing than the service's own work.
CREATE TABLE client_use (client text PRIMARY KEY, purpose text NOT NULL);
