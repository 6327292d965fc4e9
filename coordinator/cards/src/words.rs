//! What a card says in each language, in the words of the page on which candidates sign in.

use content::cards::Language;
use serde::Serialize;

/// Instructions that every card has unless the job brings its own.
const INSTRUCTIONS: usize = 6;

/// A card's own words.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    pub(crate) admit_card: &'static str,
    pub(crate) name: &'static str,
    pub(crate) number: &'static str,
    pub(crate) roll: &'static str,
    pub(crate) access_code: &'static str,
    pub(crate) district: &'static str,
    pub(crate) centre: &'static str,
    pub(crate) seat: &'static str,
    pub(crate) batch: &'static str,
    pub(crate) slot: &'static str,
    pub(crate) opens: &'static str,
    pub(crate) closes: &'static str,
    pub(crate) duration: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) address: &'static str,
    pub(crate) instructions_title: &'static str,
    pub(crate) candidate_signs: &'static str,
    pub(crate) invigilator_signs: &'static str,
    pub(crate) instructions: [&'static str; INSTRUCTIONS],
    /// January first.
    pub(crate) months: [&'static str; 12],
}

impl Words {
    /// All of them, to be looked up in the fonts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'static str> {
        let labels = [
            self.admit_card,
            self.name,
            self.number,
            self.roll,
            self.access_code,
            self.district,
            self.centre,
            self.seat,
            self.batch,
            self.slot,
            self.opens,
            self.closes,
            self.duration,
            self.minutes,
            self.address,
            self.instructions_title,
            self.candidate_signs,
            self.invigilator_signs,
        ];
        labels.into_iter().chain(self.instructions).chain(self.months)
    }
}

/// The words of a language.
pub(crate) fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Marathi => &MARATHI,
        Language::Hindi => &HINDI,
    }
}

static ENGLISH: Words = Words {
    admit_card: "Admit card",
    name: "Name",
    number: "Candidate number",
    roll: "Roll number",
    access_code: "Access code",
    district: "District",
    centre: "Centre",
    seat: "Seat",
    batch: "Batch",
    slot: "Slot",
    opens: "The exam opens",
    closes: "Start it before",
    duration: "Duration",
    minutes: "minutes",
    address: "Sign in at",
    instructions_title: "Instructions",
    candidate_signs: "Signature of the candidate",
    invigilator_signs: "Signature of the invigilator",
    instructions: [
        "Bring this card and a photo identity document to the centre.",
        "On the computer that you are given, open the address above. The QR code holds it too.",
        "Sign in with your candidate number and your access code. Show the access code to nobody.",
        "Each answer is saved as you give it. If a computer fails, sign in on another one and go on; your time goes on as well.",
        "When you have submitted the exam, keep the receipt that is shown.",
        "If anything does not work, tell the invigilator at once.",
    ],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static MARATHI: Words = Words {
    admit_card: "प्रवेशपत्र",
    name: "नाव",
    number: "उमेदवार क्रमांक",
    roll: "आसन क्रमांक",
    access_code: "प्रवेश कोड",
    district: "जिल्हा",
    centre: "परीक्षा केंद्र",
    seat: "बसण्याची जागा",
    batch: "तुकडी",
    slot: "सत्र",
    opens: "परीक्षा सुरू होण्याची वेळ",
    closes: "या वेळेपूर्वी सुरू करा",
    duration: "कालावधी",
    minutes: "मिनिटे",
    address: "साइन इन करण्याचा पत्ता",
    instructions_title: "सूचना",
    candidate_signs: "उमेदवाराची स्वाक्षरी",
    invigilator_signs: "पर्यवेक्षकांची स्वाक्षरी",
    instructions: [
        "हे प्रवेशपत्र आणि छायाचित्र असलेले ओळखपत्र परीक्षा केंद्रावर आणा.",
        "दिलेल्या संगणकावर वरील पत्ता उघडा. QR कोडमध्येही तोच पत्ता आहे.",
        "उमेदवार क्रमांक आणि प्रवेश कोड लिहून साइन इन करा. प्रवेश कोड कोणालाही दाखवू नका.",
        "प्रत्येक उत्तर देताच जतन होते. संगणक बंद पडल्यास दुसऱ्या संगणकावर साइन इन करून पुढे चालू ठेवा; तुमची वेळही चालूच राहते.",
        "परीक्षा सादर केल्यावर दिसणारी पावती जपून ठेवा.",
        "काही अडचण आल्यास पर्यवेक्षकांना लगेच सांगा.",
    ],
    months: [
        "जानेवारी",
        "फेब्रुवारी",
        "मार्च",
        "एप्रिल",
        "मे",
        "जून",
        "जुलै",
        "ऑगस्ट",
        "सप्टेंबर",
        "ऑक्टोबर",
        "नोव्हेंबर",
        "डिसेंबर",
    ],
};

static HINDI: Words = Words {
    admit_card: "प्रवेश पत्र",
    name: "नाम",
    number: "उम्मीदवार क्रमांक",
    roll: "अनुक्रमांक",
    access_code: "प्रवेश कोड",
    district: "ज़िला",
    centre: "परीक्षा केंद्र",
    seat: "बैठने का स्थान",
    batch: "बैच",
    slot: "पाली",
    opens: "परीक्षा शुरू होने का समय",
    closes: "इस समय से पहले शुरू करें",
    duration: "अवधि",
    minutes: "मिनट",
    address: "साइन इन करने का पता",
    instructions_title: "निर्देश",
    candidate_signs: "उम्मीदवार के हस्ताक्षर",
    invigilator_signs: "निरीक्षक के हस्ताक्षर",
    instructions: [
        "यह प्रवेश पत्र और फ़ोटो वाला पहचान पत्र परीक्षा केंद्र पर लाएँ।",
        "दिए गए कंप्यूटर पर ऊपर लिखा पता खोलें। QR कोड में भी यही पता है।",
        "उम्मीदवार क्रमांक और प्रवेश कोड लिखकर साइन इन करें। प्रवेश कोड किसी को न दिखाएँ।",
        "हर उत्तर देते ही सुरक्षित हो जाता है। कंप्यूटर बंद हो जाए तो दूसरे कंप्यूटर पर साइन इन करके आगे बढ़ें; आपका समय भी चलता रहता है।",
        "परीक्षा जमा करने पर दिखने वाली रसीद सँभालकर रखें।",
        "कोई कठिनाई हो तो निरीक्षक को तुरंत बताएँ।",
    ],
    months: [
        "जनवरी",
        "फ़रवरी",
        "मार्च",
        "अप्रैल",
        "मई",
        "जून",
        "जुलाई",
        "अगस्त",
        "सितंबर",
        "अक्तूबर",
        "नवंबर",
        "दिसंबर",
    ],
};
