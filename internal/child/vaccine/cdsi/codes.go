package cdsi

import "github.com/bevanhealth/bevan/internal/child/vaccine"

// addCodes adds the vaccines that rules name and the map of antigens does not:
// they count for nothing, but may stand in the way of others.
func addCodes(s *vaccine.Schedule) {
	known := map[string]bool{}
	for _, v := range s.Vaccines {
		known[v.Code] = true
	}
	add := func(codes ...string) {
		for _, code := range codes {
			if !known[code] {
				known[code] = true
				s.Vaccines = append(s.Vaccines, vaccine.Vaccine{Code: code})
			}
		}
	}
	for _, c := range s.Conflicts {
		add(c.Previous, c.Current)
	}
	for _, a := range s.Antigens {
		for _, c := range a.VaccineContraindication {
			for _, v := range c.Vaccines {
				add(v.Vaccine)
			}
		}
		for _, one := range a.Series {
			for i := range one.Doses {
				add(codesOf(&one.Doses[i])...)
			}
		}
	}
}

// codesOf are all vaccines that a dose names.
func codesOf(d *vaccine.SeriesDose) (out []string) {
	for _, v := range d.Preferable {
		out = append(out, v.Vaccine)
	}
	for _, v := range d.AlsoValid {
		out = append(out, v.Vaccine)
	}
	out = append(out, d.Inadvertent...)
	for _, i := range d.Intervals {
		out = append(out, i.FromVaccines...)
	}
	for _, skip := range d.Skips {
		for _, set := range skip.Sets {
			for _, c := range set.Conditions {
				out = append(out, c.Vaccines...)
			}
		}
	}
	return out
}
