// Package cdsi reads CDC's supporting data for immunisation (Clinical Decision
// Support for Immunization) as they are published, into a schedule of package
// vaccine. The data are in the public domain in the United States, and are no
// part of Bevan: an operator who wants them brings the files.
//
// A file is read strictly: no document type, no entities, no elements that it
// does not know, and bounded in size, depth and number. One that is damaged is
// refused with the place, since half a rule is worse than none.
package cdsi
