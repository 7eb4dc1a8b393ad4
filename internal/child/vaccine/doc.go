// Package vaccine says which doses of a person's vaccinations count, which do
// not and why, and what is due when.
//
// It is a general engine. A [Schedule] holds the rules as data, each with its
// version, source and licence; [Compile] makes a [Plan] of it, and
// [Plan.Assess] holds a [Person] against it on a date. The steps are those of
// the Logic Specification for ACIP Recommendations, version 4.6 (Centers for
// Disease Control and Prevention, 2024): a file is a step, and names its chapter
// and table. CDC's supporting data load as they are (package cdsi); England's
// schedule is written in the same form.
//
// What it is not: it gives support, never a verdict on care. It keeps nothing,
// knows no clock and asks nobody: the same arguments give the same answer.
package vaccine
