// Package fhirpath compiles and evaluates FHIRPath over a fhir.Tree.
//
// An expression is compiled once and may then be evaluated by many at the
// same time. Search parameters, invariants, patches and view definitions all
// speak FHIRPath, so there is one parser and one evaluator for all of them:
// the grammar is that of FHIRPath N1 (http://hl7.org/fhirpath/N1), with the
// functions of the continuous build that R4 expressions in use ask for, and
// the FHIR rules of http://hl7.org/fhir/R4/fhirpath.html.
//
// Plain paths (Observation.subject.where(resolve() is Patient)) are the hot
// work of every write. They become a flat list of steps that walks the nodes
// by name and allocates nothing but the caller's result.
//
// It is pure: no I/O, no clock (the time is an argument), no network; resolve()
// answers from the text of a reference and from the document in hand unless
// the caller gives more. Every evaluation is bounded in steps, items and text,
// since expressions and resources both come from strangers.
//
// What is not here: profiles (conformsTo) and value sets (memberOf), which the
// caller may bring through Env, and the whole of UCUM: only common units are
// converted.
package fhirpath
