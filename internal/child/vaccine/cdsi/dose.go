package cdsi

import "github.com/bevanhealth/bevan/internal/child/vaccine"

func doseForm(d *vaccine.SeriesDose) form {
	return form{
		"doseNumber":        nil, // they come in order
		"age":               each(&d.Ages, ageForm),
		"interval":          each(&d.Intervals, intervalForm),
		"allowableInterval": each(&d.Allowable, intervalForm),
		"preferableVaccine": each(&d.Preferable, preferableForm),
		"allowableVaccine":  each(&d.AlsoValid, agedForm),
		"inadvertentVaccine": func(e *element) error {
			return form{"vaccineType": nil, "cvx": texts(&d.Inadvertent)}.read(e)
		},
		"conditionalSkip": each(&d.Skips, skipForm),
		"recurringDose":   yesNo(&d.Recurring),
		"seasonalRecommendation": func(e *element) error {
			if e.empty() {
				return nil
			}
			d.Season = &vaccine.Season{}
			return form{"startDate": date(&d.Season.Start), "endDate": date(&d.Season.End)}.read(e)
		},
	}
}

func ageForm(a *vaccine.Age) form {
	return form{
		"absMinAge": period(&a.AbsoluteMin), "minAge": period(&a.Min),
		"earliestRecAge": period(&a.Recommended), "latestRecAge": period(&a.Late), "maxAge": period(&a.Max),
		"effectiveDate": date(&a.Effective), "cessationDate": date(&a.Cessation),
	}
}

func intervalForm(i *vaccine.Interval) form {
	return form{
		"fromPrevious": yesNo(&i.FromPrevious), "fromTargetDose": number(&i.FromTarget),
		"fromMostRecent":  list(&i.FromVaccines),
		"fromRelevantObs": form{"text": nil, "code": text(&i.FromObservation)}.read,
		"absMinInt":       period(&i.AbsoluteMin), "minInt": period(&i.Min),
		"earliestRecInt": period(&i.Recommended), "latestRecInt": period(&i.Late),
		"intervalPriority": oneOf(&i.Priority, map[string]bool{"override": true, "": false}),
		"effectiveDate":    date(&i.Effective), "cessationDate": date(&i.Cessation),
	}
}

func preferableForm(p *vaccine.Preferable) form {
	return form{
		"vaccineType": nil, "cvx": text(&p.Vaccine),
		"beginAge": period(&p.From), "endAge": period(&p.Until),
		"tradeName": text(&p.Product), "mvx": text(&p.Maker),
		"volume": volume(&p.Volume), "forecastVaccineType": yesNo(&p.Forecast),
	}
}

var logics = map[string]vaccine.Logic{"and": vaccine.All, "or": vaccine.Any, "": ""}

func skipForm(s *vaccine.Skip) form {
	return form{
		"context": oneOf(&s.Context, map[string]vaccine.Context{
			"evaluation": vaccine.InEvaluation, "forecast": vaccine.InForecast, "both": vaccine.InBoth}),
		"setLogic": oneOf(&s.Logic, logics),
		"set":      each(&s.Sets, setForm),
	}
}

func setForm(s *vaccine.SkipSet) form {
	return form{
		"setID": nil, "setDescription": text(&s.Text),
		"effectiveDate": date(&s.Effective), "cessationDate": date(&s.Cessation),
		"conditionLogic": oneOf(&s.Logic, logics),
		"condition":      each(&s.Conditions, conditionForm),
	}
}

var kinds = map[string]vaccine.ConditionKind{
	"age": vaccine.ConditionAge, "completed series": vaccine.ConditionCompleted, "interval": vaccine.ConditionInterval,
	"vaccine count by age": vaccine.ConditionCount, "vaccine count by date": vaccine.ConditionCount,
	"vaccine count by date and age": vaccine.ConditionCount, "vaccine count by age and date": vaccine.ConditionCount,
}

func conditionForm(c *vaccine.Condition) form {
	return form{
		"conditionID": nil, "conditionType": oneOf(&c.Kind, kinds),
		"startDate": date(&c.Start), "endDate": date(&c.End),
		"beginAge": period(&c.BeginAge), "endAge": period(&c.EndAge),
		"interval": period(&c.Interval), "doseCount": number(&c.Count),
		"doseType": oneOf(&c.ValidOnly, map[string]bool{"valid": true, "total": false, "": false}),
		"doseCountLogic": oneOf(&c.Compare, map[string]vaccine.Compare{
			"greater than": vaccine.More, "equal to": vaccine.Equal, "less than": vaccine.Less, "": ""}),
		"vaccineTypes": list(&c.Vaccines), "seriesGroups": list(&c.SeriesGroups),
	}
}
