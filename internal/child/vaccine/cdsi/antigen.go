package cdsi

import (
	"errors"
	"fmt"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// readAntigen adds the antigen of a file: the target disease that all of its
// series name.
func readAntigen(s *vaccine.Schedule, root *element) error {
	var a vaccine.Antigen
	err := form{
		"immunity":          immunityForm(&a.Immunity).read,
		"contraindications": contraindicationsForm(&a).read,
		"series": func(e *element) error {
			var one vaccine.Series
			var disease string
			if err := seriesForm(&one, &disease).read(e); err != nil {
				return err
			}
			if a.Name != "" && a.Name != disease || disease == "" {
				return fmt.Errorf("the target disease is %.40q, and %.40q before", disease, a.Name)
			}
			a.Name = disease
			a.Series = append(a.Series, one)
			return nil
		},
	}.read(root)
	if err == nil && a.Name == "" {
		err = errors.New("it has no series")
	}
	s.Antigens = append(s.Antigens, a)
	return err
}

func immunityForm(i *vaccine.Immunity) form {
	return form{
		"clinicalHistory": form{"guidelineCode": texts(&i.Observations), "guidelineTitle": nil}.read,
		"dateOfBirth": each(&i.Born, func(b *vaccine.BornProtection) form {
			return form{
				"immunityBirthDate": date(&b.Before),
				"birthCountry":      text(&b.Country),
				"exclusion":         form{"exclusionCode": texts(&b.Unless), "exclusionTitle": nil}.read,
			}
		}),
	}
}

func contraindicationsForm(a *vaccine.Antigen) form {
	return form{
		"vaccineGroup": form{"contraindication": each(&a.Contraindications, func(c *vaccine.Contraindication) form {
			return form{
				"observationCode": text(&c.Observation), "observationTitle": nil,
				"contraindicationText": text(&c.Text), "contraindicationGuidance": text(&c.Guidance),
				"beginAge": period(&c.From), "endAge": period(&c.Until),
			}
		})}.read,
		"vaccine": form{"contraindication": each(&a.VaccineContraindication, func(c *vaccine.VaccineContraindication) form {
			return form{
				"observationCode": text(&c.Observation), "observationTitle": nil,
				"contraindicationText": text(&c.Text), "contraindicationGuidance": text(&c.Guidance),
				"contraindicatedVaccine": each(&c.Vaccines, agedForm),
			}
		})}.read,
	}
}

func agedForm(v *vaccine.AgedVaccine) form {
	return form{"vaccineType": nil, "cvx": text(&v.Vaccine), "beginAge": period(&v.From), "endAge": period(&v.Until)}
}

var seriesTypes = map[string]vaccine.SeriesType{
	"standard": vaccine.Standard, "risk": vaccine.Risk, "evaluation only": vaccine.EvaluationOnly,
}

func seriesForm(s *vaccine.Series, disease *string) form {
	return form{
		"seriesName": text(&s.Name), "targetDisease": text(disease), "vaccineGroup": text(&s.Group),
		"seriesAdminGuidance":    texts(&s.Guidance),
		"seriesType":             oneOf(&s.Type, seriesTypes),
		"equivalentSeriesGroups": list(&s.Select.Equivalent),
		"requiredGender": func(e *element) error {
			if e.value() == "" {
				return nil
			}
			var sex vaccine.Sex
			err := oneOf(&sex, map[string]vaccine.Sex{"male": vaccine.Male, "female": vaccine.Female, "unknown": vaccine.Unknown})(e)
			s.Sex = append(s.Sex, sex)
			return err
		},
		"selectSeries": selectForm(&s.Select).read,
		"indication":   each(&s.Indications, indicationForm),
		"seriesDose":   each(&s.Doses, doseForm),
	}
}

func selectForm(s *vaccine.Select) form {
	return form{
		"defaultSeries": yesNo(&s.Default), "productPath": yesNo(&s.ProductPath),
		"seriesGroupName": text(&s.GroupName), "seriesGroup": text(&s.Group),
		"seriesPriority": text(&s.Priority), "seriesPreference": number(&s.Preference),
		"minAgeToStart": period(&s.MinStart), "maxAgeToStart": period(&s.MaxStart),
	}
}

func indicationForm(i *vaccine.Indication) form {
	return form{
		"observationCode": form{"text": nil, "code": text(&i.Observation)}.read,
		"description":     text(&i.Text), "guidance": text(&i.Guidance),
		"beginAge": period(&i.From), "endAge": period(&i.Until),
	}
}
