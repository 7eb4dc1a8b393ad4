package cdsi

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// File is one file of the supporting data: its name is for errors only.
type File struct {
	Name    string
	Content []byte
}

const maxFiles = 200

// Read makes a schedule of the schedule's file and those of the antigens, in any
// order. The version is that of the supporting data, which do not tell it, and
// effective the day from which that version is in force.
func Read(version string, effective vaccine.Date, files []File) (*vaccine.Schedule, error) {
	s := &vaccine.Schedule{
		ID: "cdsi", Title: "CDC immunization schedules (CDSi supporting data)", Version: version, Effective: effective,
		Source:  "https://www.cdc.gov/iis/cdsi/",
		Licence: "public domain in the United States",
	}
	if len(files) > maxFiles {
		return nil, fmt.Errorf("cdsi: at most %d files", maxFiles)
	}
	general := 0
	for _, f := range files {
		root, err := parse(f.Content)
		if err == nil {
			switch root.name {
			case "scheduleSupportingData":
				general++
				err = scheduleForm(s).read(root)
			case "antigenSupportingData":
				err = readAntigen(s, root)
			default:
				err = fmt.Errorf("<%.40s> is no supporting data", root.name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("cdsi: %s: %w", f.Name, err)
		}
	}
	if general != 1 {
		return nil, errors.New("cdsi: one file of the schedule is needed")
	}
	slices.SortFunc(s.Antigens, byName)
	addCodes(s)
	return s, nil
}

func byName(x, y vaccine.Antigen) int {
	switch {
	case x.Name < y.Name:
		return -1
	case x.Name > y.Name:
		return 1
	}
	return 0
}

func scheduleForm(s *vaccine.Schedule) form {
	return form{
		"liveVirusConflicts": form{"liveVirusConflict": each(&s.Conflicts, conflictForm)}.read,
		"vaccineGroups":      form{"vaccineGroup": each(&s.Groups, groupForm)}.read,
		"vaccineGroupToAntigenMap": form{"vaccineGroupMap": func(e *element) error {
			return readMembers(s, e)
		}}.read,
		"cvxToAntigenMap": form{"cvxMap": each(&s.Vaccines, vaccineForm)}.read,
		"observations":    form{"observation": each(&s.Observations, observationForm)}.read,
	}
}

func conflictForm(c *vaccine.Conflict) form {
	return form{
		"previous":               form{"vaccineType": nil, "cvx": text(&c.Previous)}.read,
		"current":                form{"vaccineType": nil, "cvx": text(&c.Current)}.read,
		"conflictBeginInterval":  period(&c.Begin),
		"minConflictEndInterval": period(&c.MinEnd),
		"conflictEndInterval":    period(&c.End),
	}
}

func groupForm(g *vaccine.Group) form {
	return form{"name": text(&g.Name), "administerFullVaccineGroup": yesNo(&g.Full)}
}

// readMembers puts antigens into a group that was named before.
func readMembers(s *vaccine.Schedule, e *element) error {
	var name string
	var antigens []string
	if err := (form{"name": text(&name), "antigen": texts(&antigens)}).read(e); err != nil {
		return err
	}
	for i := range s.Groups {
		if s.Groups[i].Name == name {
			s.Groups[i].Antigens = antigens
			return nil
		}
	}
	return fmt.Errorf("there is no vaccine group %.40q", name)
}

func vaccineForm(v *vaccine.Vaccine) form {
	return form{
		"cvx":              text(&v.Code),
		"shortDescription": text(&v.Name),
		"association": each(&v.Contains, func(a *vaccine.Association) form {
			return form{
				"antigen":             text(&a.Antigen),
				"associationBeginAge": period(&a.From),
				"associationEndAge":   period(&a.Until),
			}
		}),
	}
}

func observationForm(o *vaccine.Observation) form {
	return form{
		"observationCode": text(&o.Code), "observationTitle": text(&o.Title),
		"group": nil, "indicationText": nil, "contraindicationText": nil, "clarifyingText": nil,
		"codedValues": form{"codedValue": each(&o.Codes, func(c *vaccine.Coded) form {
			return form{"code": text(&c.Code), "codeSystem": text(&c.System), "text": nil}
		})}.read,
	}
}
