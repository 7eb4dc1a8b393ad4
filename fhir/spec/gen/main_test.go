package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

// The committed tables are exactly what the generator makes of the package.
func TestTablesAreWhatThePackageGives(t *testing.T) {
	f, err := os.Open(suitetest.Package(t, "hl7.fhir.r4.core-4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := readPackage(f)
	if err != nil {
		t.Fatal(err)
	}
	files, err := tables(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator writes: run go generate in fhir/spec", name)
		}
	}
	for _, s := range p.params {
		if why := leftOut(s); why != "" {
			t.Logf("left out: %s: %s", s.ID, why)
		}
	}
}

func TestNarrowWritesOfType(t *testing.T) {
	for in, want := range map[string]string{
		"(Observation.value as CodeableConcept).text":   "Observation.value.ofType(CodeableConcept).text",
		"(Goal.target.due as date)":                     "Goal.target.due.ofType(date)",
		"Condition.onset.as(Age)":                       "Condition.onset.ofType(Age)",
		"value.as(DateTime) | value.as(Period)":         "value.ofType(dateTime) | value.ofType(Period)",
		"Patient.name":                                  "Patient.name",
		"Account.subject.where(resolve() is Patient)":   "Account.subject.where(resolve() is Patient)",
		"Library.relatedArtifact.where(type='depends')": "Library.relatedArtifact.where(type='depends')",
	} {
		if got := narrow(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
