// The texts of what is in this folder, in English, Hindi and Marathi; see ../words.js.

const en = {
  choose: "Choose…", chooseUpTo: "Choose at most {max}", chooseBetween: "Choose {min} to {max}", chooseExactly: "Choose {max}",
  fullNow: "{max} are chosen; no more can be. Take one away to choose another.",
  writeText: "Write your answer", charsLeft: "{count} characters left", byHand: "A person marks this answer.",
  tooLong: "The answers to this question are too long together, so the last change is not saved. Shorten one of them.",
  orderAll: "Put these in order, with the arrows or with the list of places", orderSome: "Choose at most {max} and put them in order",
  placeOf: "Place of {text}", moveUp: "Up: {text}", moveDown: "Down: {text}", movedTo: "{text}: place {place} of {count}",
  takenOut: "{text}: taken out of the order", keepOrder: "This order is right",
  matchAll: "Choose what belongs to each", matchUpTo: "Choose what belongs together, at most {max} in all",
  pairAll: "Choose what belongs together, at most {max} pairs", pairFirst: "Pair {no}, first", pairSecond: "Pair {no}, second",
  gapAll: "Choose a word for each gap", gap: "Gap {no}", gapEmpty: "({no}) …", inText: "Choose in the text.",
  inPicture: "Choose in the picture or in the list below it.",
  sliderAsk: "Set a number from {from} to {to}", sliderType: "The number", sliderUnset: "not set yet", sliderClear: "Take the number away",
  sliderOff: "This is not on the scale from {from} to {to} in steps of {step}, so nothing is saved for it.",
  part: "Part {no}", readFirst: "What the question is about",
};

const hi = {
  choose: "चुनें…", chooseUpTo: "अधिक से अधिक {max} चुनें", chooseBetween: "{min} से {max} चुनें", chooseExactly: "{max} चुनें",
  fullNow: "{max} चुने जा चुके हैं; और नहीं चुन सकते। दूसरा चुनने के लिए एक हटाएँ।",
  writeText: "अपना उत्तर लिखें", charsLeft: "{count} अक्षर शेष", byHand: "इस उत्तर की जाँच कोई व्यक्ति करेगा।",
  tooLong: "इस प्रश्न के उत्तर मिलाकर बहुत लंबे हैं, इसलिए पिछला बदलाव सुरक्षित नहीं हुआ। किसी एक को छोटा करें।",
  orderAll: "इन्हें क्रम में लगाएँ, तीरों से या स्थानों की सूची से", orderSome: "अधिक से अधिक {max} चुनें और क्रम में लगाएँ",
  placeOf: "{text} का स्थान", moveUp: "ऊपर: {text}", moveDown: "नीचे: {text}", movedTo: "{text}: {count} में से स्थान {place}",
  takenOut: "{text}: क्रम से हटाया गया", keepOrder: "यही क्रम सही है",
  matchAll: "हर एक के लिए मेल खाने वाला चुनें", matchUpTo: "जो साथ हैं उन्हें चुनें, कुल अधिक से अधिक {max}",
  pairAll: "जो साथ हैं उन्हें चुनें, अधिक से अधिक {max} जोड़े", pairFirst: "जोड़ा {no}, पहला", pairSecond: "जोड़ा {no}, दूसरा",
  gapAll: "हर रिक्त स्थान के लिए एक शब्द चुनें", gap: "रिक्त स्थान {no}", gapEmpty: "({no}) …", inText: "पाठ में चुनें।",
  inPicture: "चित्र में या नीचे की सूची में चुनें।",
  sliderAsk: "{from} से {to} तक कोई संख्या चुनें", sliderType: "संख्या", sliderUnset: "अभी नहीं चुनी", sliderClear: "संख्या हटाएँ",
  sliderOff: "यह {from} से {to} के पैमाने पर {step} के अंतर में नहीं है, इसलिए इसके लिए कुछ सुरक्षित नहीं हुआ।",
  part: "भाग {no}", readFirst: "प्रश्न किस बारे में है",
};

const mr = {
  choose: "निवडा…", chooseUpTo: "जास्तीत जास्त {max} निवडा", chooseBetween: "{min} ते {max} निवडा", chooseExactly: "{max} निवडा",
  fullNow: "{max} निवडले आहेत; आणखी निवडता येणार नाहीत. दुसरे निवडण्यासाठी एक काढा.",
  writeText: "तुमचे उत्तर लिहा", charsLeft: "{count} अक्षरे शिल्लक", byHand: "हे उत्तर व्यक्ती तपासेल.",
  tooLong: "या प्रश्नाची उत्तरे मिळून खूप मोठी आहेत, म्हणून शेवटचा बदल जतन झाला नाही. एक उत्तर लहान करा.",
  orderAll: "हे क्रमाने लावा, बाणांनी किंवा स्थानांच्या यादीने", orderSome: "जास्तीत जास्त {max} निवडा आणि क्रमाने लावा",
  placeOf: "{text} चे स्थान", moveUp: "वर: {text}", moveDown: "खाली: {text}", movedTo: "{text}: {count} पैकी स्थान {place}",
  takenOut: "{text}: क्रमातून काढले", keepOrder: "हाच क्रम बरोबर आहे",
  matchAll: "प्रत्येकासाठी जुळणारे निवडा", matchUpTo: "जे एकत्र आहेत ते निवडा, एकूण जास्तीत जास्त {max}",
  pairAll: "जे एकत्र आहेत ते निवडा, जास्तीत जास्त {max} जोड्या", pairFirst: "जोडी {no}, पहिले", pairSecond: "जोडी {no}, दुसरे",
  gapAll: "प्रत्येक रिकाम्या जागेसाठी एक शब्द निवडा", gap: "रिकामी जागा {no}", gapEmpty: "({no}) …", inText: "मजकुरात निवडा.",
  inPicture: "चित्रात किंवा खालील यादीत निवडा.",
  sliderAsk: "{from} ते {to} मधील संख्या निवडा", sliderType: "संख्या", sliderUnset: "अजून निवडली नाही", sliderClear: "संख्या काढा",
  sliderOff: "हे {from} ते {to} च्या मापावर {step} च्या अंतराने नाही, म्हणून यासाठी काहीही जतन झाले नाही.",
  part: "भाग {no}", readFirst: "प्रश्न कशाबद्दल आहे",
};

export const WORDS = { en, hi, mr };
