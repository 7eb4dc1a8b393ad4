package portal

import "slices"

// clinicRoutes are the pages of staff who look after people.
var clinicRoutes = slices.Concat(entryRoutes(), []route{
	{"GET " + peopleAt, caring(findPeople)},
	{"POST " + peopleAt, caring(findPeopleFinish)},
	{"GET " + peopleAt + "/{person}", ofCare(carePerson)},
	{"POST " + peopleAt + "/{person}/go", ofCare(goTo)},
	{"POST " + emergencyAt + "/for", rescuing(declareFor)},
	{"GET " + peopleAt + "/{person}/keep", ofCare(keepOnList)},
	{"POST " + peopleAt + "/{person}/keep", ofCare(keepOnListFinish)},
	{"GET " + listAt, caring(myList)},
	{"POST " + listAt + "/{person}/remove", caring(listRemove)},
	{"GET " + peopleAt + "/{person}/add/document", ofCare(askDocument)},
	{"POST " + peopleAt + "/{person}/add/document", ofCare(sendDocument)},
	{"GET " + peopleAt + "/{person}/written/{type}/{id}", ofCare(writtenEntry)},
	{"GET " + peopleAt + "/{person}/written/{type}/{id}/mistake", ofCare(mistake)},
	{"POST " + peopleAt + "/{person}/written/{type}/{id}/mistake", ofCare(mistakeFinish)},
})
