package patch

import (
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/internal/problem"
)

// maxSteps bounds the evaluation of one path.
const maxSteps = 100_000

// FHIRPath applies a FHIRPath Patch, a Parameters resource with one parameter
// "operation" for each change, to the resource t and returns the new one; t
// itself does not change. Either all operations are done or none. An element
// that is left empty by a delete goes too, since FHIR has no empty elements.
// Errors are those of JSON.
func FHIRPath(t, params *fhir.Tree) ([]byte, error) {
	root := params.Root()
	if !root.Get("resourceType").Is("Parameters") {
		return nil, problem.New(problem.Invalid, "A FHIRPath Patch is a Parameters resource. Set resourceType to Parameters.")
	}
	list := root.Get("parameter")
	if list.Exists() && list.Kind() != fhir.Array {
		return nil, problem.At(problem.Invalid, "Parameters.parameter", "parameter must be a list. Put the operations between [ and ].")
	}
	if err := tooMany(list.Len()); err != nil {
		return nil, err
	}
	p := start(t, params)
	i := 0
	for param := range list.Each() {
		op, err := readOperation(param)
		if err == nil {
			err = p.fhirpath(op)
		}
		if err != nil {
			return nil, inOperation(i, op.what, op.path, err)
		}
		i++
	}
	return p.cur.Bytes(), nil
}

// operation is one parameter taken apart.
type operation struct {
	what, path, name           string
	value                      fhir.Node // the part called value
	index, source, destination int       // -1 where it is missing
}

func readOperation(param fhir.Node) (operation, error) {
	op := operation{index: -1, source: -1, destination: -1}
	if !param.Get("name").Is("operation") {
		return op, invalid("its name must be operation.")
	}
	seen := map[string]bool{}
	for part := range param.Get("part").Items() {
		name := part.Get("name").Str()
		if seen[name] {
			return op, invalid("the part %s stands twice. Keep one of the two.", clip(name))
		}
		seen[name] = true
		var err error
		switch name {
		case "type":
			op.what, err = textPart(part, "valueCode", "valueString")
		case "path":
			op.path, err = textPart(part, "valueString")
		case "name":
			op.name, err = textPart(part, "valueString", "valueCode")
		case "value":
			op.value = part
		case "index":
			op.index, err = placePart(part)
		case "source":
			op.source, err = placePart(part)
		case "destination":
			op.destination, err = placePart(part)
		default:
			return op, invalid("it has no part called %s. Use type, path, name, value, index, source and destination.", clip(name))
		}
		if err != nil {
			return op, err
		}
	}
	if op.what == "" || op.path == "" {
		return op, invalid("type or path is missing. Add a part for it.")
	}
	return op, nil
}

func textPart(part fhir.Node, members ...string) (string, error) {
	for _, m := range members {
		if v := part.Get(m); v.Kind() == fhir.String {
			return v.Str(), nil
		}
	}
	return "", invalid("the part %s must have a %s.", part.Get("name").Str(), members[0])
}

// placePart reads a number that counts from 0.
func placePart(part fhir.Node) (int, error) {
	for _, m := range []string{"valueInteger", "valueUnsignedInt", "valuePositiveInt"} {
		v := part.Get(m)
		if i, err := strconv.Atoi(v.Str()); v.Kind() == fhir.Number && err == nil && i >= 0 {
			return i, nil
		}
	}
	return -1, invalid("the part %s must have a valueInteger of 0 or more.", part.Get("name").Str())
}

func (p *patcher) fhirpath(op operation) error {
	switch op.what {
	case "add":
		return p.addElement(op)
	case "insert":
		return p.insertItem(op)
	case "delete":
		return p.deleteElement(op)
	case "replace":
		return p.replaceElement(op)
	case "move":
		return p.moveItem(op)
	}
	return invalid("its type is not one that FHIRPath Patch has. Use add, insert, delete, replace or move.")
}

// eval finds the elements that a path leads to.
func (p *patcher) eval(path string) (fhirpath.Collection, error) {
	expr, err := fhirpath.CompileFor(p.root().Get("resourceType").Str(), path)
	if err != nil {
		return nil, invalid("its path cannot be read as FHIRPath: %v", err)
	}
	found, err := expr.Eval(&fhirpath.Env{Limits: fhirpath.Limits{Steps: maxSteps}}, fhirpath.Root(p.cur))
	if err != nil {
		return nil, refused("its path could not be followed: %v", err)
	}
	for _, item := range found {
		if _, ok := slotOf(item); !ok {
			return nil, refused("its path gives a computed value, not a place in the resource. Use a path that leads to an element.")
		}
	}
	return found, nil
}

// one finds the single element that a path leads to.
func (p *patcher) one(path string) (fhirpath.Item, error) {
	found, err := p.eval(path)
	switch {
	case err != nil:
		return fhirpath.Item{}, err
	case len(found) == 0:
		return fhirpath.Item{}, refused("its path leads to nothing. Check the path against the resource as it is now.")
	case len(found) > 1:
		return fhirpath.Item{}, manyFound(found)
	}
	return found[0], nil
}
