-- Nothing is to be done here: numbers are in the order of time, and access_person is in that of numbers.
SELECT 1;
