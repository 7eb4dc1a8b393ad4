-- The numbers of people are drawn from their ids.
DROP SEQUENCE person_number;
