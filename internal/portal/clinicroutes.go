package portal

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/exchange/quality"
)

// clinicRoutes are the pages of staff who look after people, and some of those who
// run the service.
var clinicRoutes = slices.Concat(entryRoutes(), []route{
	{"GET " + peopleAt, caring(findPeople)},
	{"POST " + peopleAt, caring(findPeopleFinish)},
	{"GET " + peopleAt + "/{person}", ofCare(carePerson)},
	{"POST " + peopleAt + "/{person}/go", ofCare(goTo)},
	{"POST " + emergencyAt + "/for", rescuing(declare)}, // with what was typed to find somebody
	{"GET " + peopleAt + "/{person}/keep", ofCare(keepOnList)},
	{"POST " + peopleAt + "/{person}/keep", ofCare(keepOnListFinish)},
	{"GET " + listAt, caring(myList)},
	{"POST " + listAt + "/{person}/remove", caring(listRemove)},
	{"GET " + peopleAt + "/{person}/add/document", ofCare(askDocument)},
	{"POST " + peopleAt + "/{person}/add/document", ofCare(sendDocument)},
	{"GET " + peopleAt + "/{person}/written/{type}/{id}", ofCare(writtenEntry)},
	{"GET " + peopleAt + "/{person}/mistake/{type}/{id}", ofCare(mistake)},
	{"POST " + peopleAt + "/{person}/mistake/{type}/{id}", ofCare(mistakeFinish)},

	// Those who run the service.
	{"GET " + jobsAt, operate(jobList)},
	{"GET " + jobsAt + "/{id}", operate(oneJob)},
	{"GET " + jobsAt + "/{id}/stop", operate(stopJob)},
	{"POST " + jobsAt + "/{id}/stop", operate(stopJobFinish)},
	{"GET " + qualityAt, operate(dataQuality)},
	{"POST " + qualityAt, operate(startWork(quality.CountKind))},
	{"GET " + logAt, operate(logState)},
	{"POST " + logAt, operate(startWork(quality.LogKind))},
})
