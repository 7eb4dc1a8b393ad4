package sim

// plainNames are what people call what is measured, by the code of LOINC: the text
// of a concept, beside the name that LOINC gives its code. Laboratories send such
// texts too. Our own words.
var plainNames = map[string]string{
	"14631-6": "Bilirubin", "14646-4": "HDL cholesterol", "14647-2": "Cholesterol", "14682-9": "Creatinine", "14920-3": "Thyroid hormone (free T4)",
	"14927-8": "Triglycerides", "1742-6": "Liver test (ALT)", "1751-7": "Albumin", "1988-5": "Inflammation (CRP)", "2132-9": "Vitamin B12",
	"22664-7": "Urea", "2276-4": "Iron stores (ferritin)", "2284-8": "Folate", "24325-3": "Liver tests", "24326-1": "Kidney tests and salts",
	"24331-1": "Fats in the blood", "2708-6": "Oxygen in the blood", "2823-3": "Potassium", "2857-1": "Prostate test (PSA)", "2951-2": "Sodium",
	"30000-4": "Protein in urine (albumin to creatinine)", "3016-3": "Thyroid test (TSH)", "33452-4": "Peak flow", "36643-5": "Chest X-ray",
	"39156-5": "Body mass index (BMI)", "44261-6": "Questions about mood (PHQ-9)", "54108-6": "Newborn hearing, left ear", "54109-4": "Newborn hearing, right ear",
	"58410-2": "Full blood count", "59261-8": "Long-term blood sugar (HbA1c)", "62238-1": "Kidney function (eGFR)", "6690-2": "White blood cells",
	"6768-6": "Liver test (ALP)", "70274-6": "Questions about worry (GAD-7)", "718-7": "Haemoglobin", "777-3": "Platelets",
	"787-2": "Size of red blood cells (MCV)", "789-8": "Red blood cells", "8302-2": "Height", "8306-3": "Length", "29463-7": "Weight", "8339-4": "Birth weight",
	"8462-4": "Diastolic blood pressure", "8480-6": "Systolic blood pressure", "85354-9": "Blood pressure", "72166-2": "Smoking",
	"76516-4": "Weeks at birth", "9272-6": "Apgar score at 1 minute", "9274-2": "Apgar score at 5 minutes", "9279-1": "Breaths a minute",
	"9843-4": "Head circumference", "11881-0": "Height of the womb",
}
