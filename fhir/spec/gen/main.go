// Command gen writes the tables of package spec from a FHIR R4 package.
//
// It reads the StructureDefinitions, SearchParameters, CompartmentDefinitions,
// ValueSets and CodeSystems of one .tgz in the FHIR NPM package form and
// writes four text files: types.txt, params.txt, compartments.txt and
// codes.txt. Their lines are described in the loaders beside them. Only facts
// are written, no descriptions. The same package always gives the same bytes.
//
// It is a tool for the people who work on Bevan; the service itself never runs
// it and never sees the package.
//
//	go run ./gen -package FILE [-out DIR]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	pkg := flag.String("package", "", "the FHIR package, a .tgz file")
	out := flag.String("out", ".", "the folder that the tables are written to")
	flag.Parse()
	if err := run(*pkg, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(pkg, out string) error {
	if pkg == "" {
		return fmt.Errorf("say which package to read: -package FILE")
	}
	f, err := os.Open(pkg)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := readPackage(f)
	if err != nil {
		return fmt.Errorf("%s: %w", pkg, err)
	}
	files, err := tables(p)
	if err != nil {
		return fmt.Errorf("%s: %w", pkg, err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// tables turns a package into the text of each table, by file name.
func tables(p *source) (map[string][]byte, error) {
	types, err := writeTypes(p)
	if err != nil {
		return nil, err
	}
	params, err := writeParams(p)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"types.txt":        types,
		"params.txt":       params,
		"compartments.txt": writeCompartments(p),
		"codes.txt":        writeCodes(p),
	}, nil
}
