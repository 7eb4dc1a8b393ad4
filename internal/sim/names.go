package sim

import "strings"

// sex is male or female as FHIR's administrative gender has it.
type sex uint8

const (
	female sex = iota
	male
)

func (s sex) code() string {
	if s == male {
		return "male"
	}
	return "female"
}

// origin is a stock of names. Given names go by generation: born before 1960,
// before 1992, and since; an origin with one list uses it for all.
type origin struct {
	share  int // in 1,000 households; roughly the 2021 census's broad groups
	tongue string
	speech string
	family []string
	given  [2][3][]string // by sex and generation
}

func list(s string) []string { return strings.Fields(s) }

func same(s string) [3][]string { l := list(s); return [3][]string{l, l, l} }

// origins holds common names of the UK today. They are plain facts of frequency,
// written down from general knowledge; any pair of them is chance.
var origins = [...]origin{
	{share: 770, tongue: "en", speech: "English",
		family: list(`Smith Jones Taylor Williams Brown Davies Evans Wilson Thomas Roberts Johnson Lewis Walker
			Robinson Wood Thompson White Watson Jackson Wright Green Harris Cooper King Lee Martin Clarke James Morgan
			Hughes Edwards Hill Moore Clark Harrison Scott Young Morris Hall Ward Turner Carter Phillips Mitchell Patterson
			Adams Campbell Anderson Allen Cook Bailey Parker Miller Davis Murphy Price Bell Baker Griffiths Kelly Simpson
			Marshall Collins Bennett Cox Richardson Fox Gray Rose Chapman Hunt Robertson Shaw Reynolds Lloyd Ellis Richards
			Russell Wilkinson Khan Graham Stewart Reid Murray Powell Palmer Holmes Rogers Stevens Walsh Hunter Thomson
			Matthews Ross Owen Mason Knight Kennedy Butler Saunders Cole Pearce Dean Foster Harvey Hudson Gibson Mills
			Berry Barnes Pritchard Nicholson Byrne Doyle O'Brien O'Neill O'Connor McDonald MacLeod Smith-Jones`),
		given: [2][3][]string{
			{list(`Margaret Patricia Mary Jean Joan Sheila Barbara Dorothy Maureen Shirley Brenda Doreen Joyce Christine
				Ann Susan Janet Carol Sandra Pamela Beryl Audrey Marjorie Hilda Irene Kathleen Eileen Valerie Judith Linda`),
				list(`Sarah Karen Nicola Michelle Julie Tracey Joanne Lisa Claire Samantha Emma Rebecca Laura Rachel Kelly
				Victoria Louise Helen Gemma Natalie Katherine Amy Hannah Jennifer Stephanie Zoe Donna Kerry Lucy Leanne`),
				list(`Olivia Amelia Isla Ava Emily Sophie Jessica Chloe Ella Grace Lily Freya Evie Poppy Charlotte Mia Daisy
				Phoebe Siân Zoë Florence Ivy Willow Rosie Megan Bethan Ffion Eilidh Niamh Erin Matilda Harriet Eliza Molly`)},
			{list(`John Peter David Michael Brian Kenneth Ronald Derek Raymond Anthony Alan Dennis Roy Keith Eric Gordon
				Leslie Norman Stanley Frank Albert George William Robert James Thomas Arthur Harold Gerald Terence`),
				list(`Paul Mark Andrew Stephen Ian Kevin Simon Richard Jason Darren Lee Craig Stuart Gary Neil Matthew
				Christopher Daniel James Adam Ryan Gareth Carl Wayne Dean Robert Jonathan Martin Philip Graham`),
				list(`Oliver Jack Harry George Noah Charlie Jacob Alfie Freddie Oscar Leo Logan Archie Theo Thomas Joshua
				Ethan Lucas Finley Rhys Dylan Callum Connor Rory Hamish Toby Samuel Benjamin Joseph Edward Isaac Arlo`)},
		}},
	{share: 55, tongue: "pa", speech: "Panjabi",
		family: list(`Singh Kaur Patel Sharma Gill Shah Dhillon Sandhu Kumar Desai Mehta Joshi Bains Sidhu Verma Chauhan Rai`),
		given: [2][3][]string{same(`Priya Anjali Simran Meera Sunita Jasmin Harpreet Kavita Neha Pooja Manpreet Asha
			Geeta Rani Diya Anika Kiran Nisha`),
			same(`Arjun Raj Amit Sanjay Harjit Gurpreet Vikram Rohan Dev Sunil Anil Ravi Jaspal Karan Nikhil Mohan Rahul`)}},
	{share: 50, tongue: "ur", speech: "Urdu",
		family: list(`Khan Hussain Ahmed Ali Begum Akhtar Mahmood Malik Iqbal Rahman Islam Miah Chowdhury Uddin Mirza Qureshi`),
		given: [2][3][]string{same(`Fatima Aisha Zainab Maryam Nadia Samina Rukhsana Hafsa Khadija Saima Yasmin Amina
			Bushra Sana Noor Shabana Halima`),
			same(`Mohammed Imran Bilal Hassan Yusuf Usman Tariq Asif Ibrahim Omar Zain Faisal Kamran Adeel Hamza Shahid Idris`)}},
	{share: 35, tongue: "pl", speech: "Polish",
		family: list(`Nowak Kowalski Wójcik Kamiński Lewandowski Zieliński Dąbrowska Mazur Krawczyk Popescu Ionescu Petrov Kazlauskas
			Ozols Novak Horvath Dumitru`),
		given: [2][3][]string{same(`Anna Katarzyna Małgorzata Agnieszka Magdalena Zofia Maja Ewa Joanna Elena Ioana Monika Natalia
			Daria Hanna Lena Julia`),
			same(`Piotr Krzysztof Tomasz Marcin Jakub Kacper Andrei Mihai Paweł Michał Adam Filip Łukasz Stefan Jan Mateusz`)}},
	{share: 40, tongue: "en", speech: "English",
		family: list(`Okafor Adeyemi Mensah Osei Okoye Boateng Afolabi Eze Asante Owusu Balogun Nwosu Appiah Campbell
			Grant Francis Gordon Baptiste`),
		given: [2][3][]string{same(`Ngozi Abena Adaeze Folake Grace Blessing Esther Ama Chioma Marcia Yvonne Precious
			Naomi Akosua Zainab Destiny`),
			same(`Kwame Chidi Emeka Tunde Kofi Samuel Emmanuel Yaw Daniel Segun Winston Marcus Isaiah Elijah David Femi`)}},
	{share: 15, tongue: "so", speech: "Somali",
		family: list(`Abdi Mohamed Hassan Warsame Farah Yusuf Jama Osman Nur Ismail Omar`),
		given: [2][3][]string{same(`Hodan Amina Ifrah Sahra Asha Fowsia Ayaan Halima Khadra Hibo`),
			same(`Abdirahman Liban Mahad Ahmed Guled Yusuf Hamza Ismail Omar Bashir`)}},
	{share: 20, tongue: "zh", speech: "Chinese",
		family: list(`Chan Wong Li Wang Chen Zhang Liu Lam Cheung Ho Leung Yip Tang Ng`),
		given: [2][3][]string{same(`Mei Ling Xiu Yan Hui Jing Amy Grace Vivian Siu Wai Li Na`),
			same(`Wei Jun Ming Kin Ho Jason Eric Kevin Chi Feng Tao Hao`)}},
	{share: 15, tongue: "ar", speech: "Arabic",
		family: list(`Haddad Mansour Yilmaz Demir Saleh Nasser Aziz Karimi Rahimi Kaya Habib Darwish Hosseini`),
		given: [2][3][]string{same(`Leila Rania Zeynep Nour Maryam Elif Shirin Huda Samira Dina Aylin`),
			same(`Ahmad Mehmet Ali Reza Karim Emre Samir Hamid Tarek Yousef Cem`)}},
}

var originShares = func() []int {
	shares := make([]int, len(origins))
	for i, o := range origins {
		shares[i] = o.share
	}
	return shares
}()

// generation is the list of given names for somebody born in a year.
func generation(born Day) int {
	switch {
	case born < Date(1960, 1, 1):
		return 0
	case born < Date(1992, 1, 1):
		return 1
	}
	return 2
}

func (o *origin) givenName(d *dice, s sex, born Day) string {
	return d.word(o.given[s][generation(born)])
}
