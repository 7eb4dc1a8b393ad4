// Package twin holds the planner to account: its tests answer random searches
// over random resources once through the door and once by a plain loop over
// the parsed resources, and want the same answer.
//
// The loop is written from R4 section 3.1.1 and shares no code with what it
// checks: it has its own reader of queries, its own table of where parameters
// find their values, and its own comparison. It uses of package fhir only the
// tree and the datatypes. Nothing here is meant to be fast, and nothing but
// tests lives here.
package twin
