"""Synthetic people for the duplicate check: names as different offices write them, and a crowd to lose them in.

Every group below is one name with the spellings that passports, landing lists, schools and the people themselves use for
it, collected by hand and not derived from the rules under test; the last of a group, where it is in another script, is
the original. The names of `NAMES` and `MORE_NAMES` tuned
the rules; those of `HELD_OUT` did not.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from core_minori.engine.duplicates import Person

# culture -> (nationalities, male given names, female given names, family or father's names)
NAMES: dict[str, tuple[tuple[str, ...], list[str], list[str], list[str]]] = {
	"arabic": (
		("Egypt", "Tunisia", "Morocco", "Syrian Arab Republic", "Sudan", "Libya"),
		[
			"Mohamed|Mohammed|Muhammad|Mohammad|Mouhamed|محمد",
			"Ahmed|Ahmad|Hamed|Ahmet|Achmed|أحمد",
			"Youssef|Yusuf|Yousef|Yousif|Youcef|يوسف",
			"Mahmoud|Mahmud|Mahmood|Mahmoude|محمود",
			"Abdelrahman|Abdul Rahman|Abd al-Rahman|Abderrahmane|Abdurrahman|عبد الرحمن",
			"Khaled|Khalid|Kaled|Chaled|خالد",
			"Mustafa|Moustafa|Mostafa|Mustapha|مصطفى",
			"Omar|Umar|Omer|Oumar|عمر",
			"Abdallah|Abdullah|Abdalla|Abd Allah|عبد الله",
			"Karim|Kareem|Kerim|Kariim|كريم",
			"Hussein|Hussain|Hossein|Houssine|Husein|حسين",
			"Ibrahim|Ebrahim|Brahim|Ibraheem|إبراهيم",
			"Walid|Waleed|Oualid|Ualid|وليد",
			"Ziad|Ziyad|Zyad|Zied|زياد",
			"Ismail|Esmail|Ismael|Smail|Ismaeel|إسماعيل",
			"Bilal|Belal|Bilel|Billal|بلال",
			"Abdelaziz|Abdul Aziz|Abdulaziz|Abd el Aziz|عبد العزيز",
			"Rachid|Rashid|Rasheed|Rascid|رشيد",
			"Saïd|Said|Saeed|Sayed|Saiid|سعيد",
			"Islam|Eslam|Isslam|Aslam|إسلام",
		],
		[
			"Fatima|Fatma|Fatmah|Fatimah|Fathma|فاطمة",
			"Aïcha|Aisha|Aicha|Ayesha|Aischa|عائشة",
			"Khadija|Khadidja|Kadija|Khadiga|خديجة",
			"Mariam|Maryam|Meriem|Miriam|Meryem|مريم",
			"Zeinab|Zaynab|Zaineb|Zineb|زينب",
			"Amina|Aminah|Emina|Ameena|أمينة",
			"Noura|Nura|Nora|Nourah|نورة",
			"Houda|Huda|Hoda|Houda|هدى",
			"Yasmine|Yasmin|Jasmin|Yasmeen|ياسمين",
			"Salma|Selma|Salmah|سلمى",
		],
		[
			"El Sayed|Elsayed|Al-Sayed|Alsayed|El-Sayyid|السيد",
			"Hassan|Hasan|Hassen|Hacen|حسن",
			"Abou Zeid|Abuzaid|Abu Zayd|Abouzid|أبو زيد",
			"Ben Ali|Benali|Bin Ali|Ben Aly|بن علي",
			"El Masri|Al Masry|Elmasry|Almasri|المصري",
			"Chaabane|Shaaban|Shaban|Sciaaban|شعبان",
			"Othman|Osman|Uthman|Othmane|عثمان",
			"Gaber|Jaber|Jabir|Gabir|جابر",
			"Trabelsi|Trabelssi|Tarabelsi|الطرابلسي",
			"Mansour|Mansur|Mansoor|Mansouri|منصور",
			"Abdelkader|Abdul Qader|Abdulkadir|Abd al Qadir|عبد القادر",
			"Nasser|Nasr|Naser|Nacer|ناصر",
			"Haddad|Hadad|Hadded|حداد",
			"Darwish|Darwich|Darwiche|Darouich|درويش",
			"Saleh|Salih|Salah|Salaih|صالح",
			"Soliman|Suleiman|Sulaiman|Slimane|سليمان",
			"Fouad|Fuad|Foad|Fouaad|فؤاد",
			"Khalifa|Kalifa|Khalifah|Chalifa|خليفة",
			"Zakaria|Zakariya|Zaccaria|Zekeria|زكريا",
			"Awad|Aouad|Auad|Awadh|عوض",
		],
	),
	"bengali": (
		("Bangladesh",),
		[
			"Md Rakib|Mohammad Rakib|Rakib|Rakibul|Md. Raqib|রাকিব",
			"Shakil|Sakil|Shakeel|Schakil|শাকিল",
			"Jahangir|Jahangeer|Zahangir|Jahanghir|জাহাঙ্গীর",
			"Sohel|Suhel|Sohail|Shohel|সোহেল",
			"Arif|Areef|Aarif|Ariph|আরিফ",
			"Nayeem|Naeem|Naim|Nayem|নাঈম",
			"Tanvir|Tanbir|Tanveer|Tanvhir|তানভীর",
			"Imran|Emran|Imraan|ইমরান",
			"Ashraful|Asraful|Ashrafool|Ashraful|আশরাফুল",
			"Riyad|Riad|Riaz|Reyad|রিয়াদ",
			"Shariful|Soriful|Shoriful|Sariful|শরিফুল",
			"Faruk|Faruque|Farooq|Faruq|ফারুক",
		],
		[
			"Fatema|Fatima|Phatema|Fatma|ফাতেমা",
			"Sumaiya|Sumaya|Somaiya|Sumayya|সুমাইয়া",
			"Nusrat|Nushrat|Nusrath|নুসরাত",
			"Rabeya|Rabia|Rabeea|Rabiya|রাবেয়া",
		],
		[
			"Hossain|Hosen|Hussain|Hossen|হোসেন",
			"Rahman|Rahaman|Rehman|Rohman|রহমান",
			"Islam|Eslam|Islaam|ইসলাম",
			"Mia|Miah|Mya|Miya|মিয়া",
			"Akter|Aktar|Akhter|Akther|আক্তার",
			"Chowdhury|Choudhury|Chaudhuri|Chowdhuri|চৌধুরী",
			"Sarker|Sarkar|Sorkar|Sircar|সরকার",
			"Uddin|Uddeen|Udin|Ud-Din|উদ্দিন",
			"Howlader|Hawlader|Haolader|Howladar|হাওলাদার",
			"Sikder|Sikdar|Shikder|Sickder|সিকদার",
			"Molla|Mollah|Mullah|Mulla|মোল্লা",
			"Bepari|Bapari|Beparee|বেপারী",
		],
	),
	"tigrinya": (
		("Eritrea", "Ethiopia"),
		[
			"Yohannes|Johannes|Yohanes|Iohannes|Yohanns|ዮሃንስ",
			"Tesfay|Tesfai|Tesfaye|Tesfaj|ተስፋይ",
			"Filmon|Filimon|Philmon|Filemon|ፊልሞን",
			"Kidane|Kidanie|Qidane|Chidane|ኪዳነ",
			"Gebremeskel|Gebre Meskel|Ghebremeskel|Gebremesqel|ገብረመስቀል",
			"Mulugeta|Mulughieta|Mulugheta|Mulgeta|ሙሉጌታ",
			"Haile|Hayle|Hajle|Hailé|ሃይለ",
			"Robel|Robiel|Robell|ሮቤል",
			"Samuel|Samiel|Samuiel|Samuele|ሳሙኤል",
			"Merhawi|Mehrawi|Merhaui|Mehari|መርሃዊ",
			"Biniam|Binyam|Biniyam|Benyam|ቢንያም",
			"Abraham|Abrham|Abreham|ኣብርሃም",
		],
		[
			"Selam|Salam|Sielam|Seelam|ሰላም",
			"Senait|Senayt|Sennait|Senaït|ሰናይት",
			"Tsegereda|Segereda|Tzegereda|Tsgereda|ጽገረዳ",
			"Bisrat|Besrat|Bsrat|ብስራት",
		],
		[
			"Tekle|Teckle|Tekhle|Tecle|ተክለ",
			"Ghebreyesus|Gebreyesus|Ghebreiesus|Gebre Yesus|ገብረየሱስ",
			"Weldemichael|Woldemichael|Welde Mikael|Weldemikael|ወልደሚካኤል",
			"Berhane|Birhane|Brhane|Berhanie|ብርሃነ",
			"Hagos|Haghos|Agos|ሓጎስ",
			"Negash|Negasi|Neghash|Negasc|ነጋሽ",
			"Teklehaimanot|Tekle Haymanot|Teclehaimanot|Teklehaymanot|ተክለሃይማኖት",
			"Asfaha|Asfeha|Asphaha|ኣስፋሃ",
			"Mengisteab|Mengsteab|Menghisteab|Mengesteab|መንግስተኣብ",
			"Araya|Araia|Areya|Arraya|ኣርኣያ",
			"Zerai|Zeray|Tseray|Zeraj|ዘርኣይ",
			"Okbay|Ogbay|Uqbay|Okbai|ዑቕባይ",
		],
	),
	"albanian": (
		("Albania", "Kosovo"),
		[
			"Xhevdet|Gjevdet|Dzevdet|Jevdet|Xhevdet",
			"Erblin|Erblinn|Erbljin|Erblin",
			"Gëzim|Gezim|Ghezim|Gzim|Gëzim",
			"Florjan|Florian|Florijan|Flórian|Florjan",
			"Ardit|Arditt|Hardit|Ardit",
			"Luan|Luann|Louan|Luan",
			"Shkëlqim|Shkelqim|Skelqim|Shkelkim|Shkëlqim",
			"Qemal|Kemal|Cemal|Qamal|Qemal",
			"Endri|Endry|Hendri|Éndri|Endri",
			"Kledi|Cledi|Kledy|Kledi",
		],
		[
			"Mirëlinda|Mirelinda|Mirellinda|Mirlinda",
			"Besjana|Besiana|Bessiana|Besjana",
			"Drita|Dritta|Dritha|Drita",
			"Elona|Ellona|Helona|Elona",
		],
		[
			"Hoxha|Hoxhaj|Hodja|Hodza|Hoxha",
			"Çela|Cela|Chela|Çelaj|Çela",
			"Shehu|Scehu|Shehi|Shehu",
			"Gjoka|Gioka|Djoka|Gjokaj|Gjoka",
			"Krasniqi|Krasnichi|Krasniki|Krasniqi",
			"Përmeti|Permeti|Permetti|Përmeti",
			"Dervishi|Dervisci|Derviši|Dervishi",
			"Ndreu|Ndreou|Endreu|Ndreu",
			"Berisha|Beriša|Beriscia|Berisha",
			"Zhupa|Zupa|Jupa|Zhupa",
			"Marku|Marcu|Markou|Marku",
			"Leka|Lekaj|Lecka|Leka",
		],
	),
	"west african": (
		("Gambia", "Senegal", "Mali", "Guinea", "Ivory Coast"),
		["Mamadou|Mamadu|Mahamadou", "Ousmane|Usman|Ousman", "Lamin|Lamine|Lameen", "Ebrima|Ibrahima|Brima"],
		["Fatou|Fatu|Fatoumata", "Awa|Aoua|Hawa", "Mariama|Mariame|Maryama"],
		[
			"Diallo|Jallow|Dialo",
			"Camara|Kamara|Kamarah",
			"Touray|Toure|Touré",
			"Jobe|Diop|Job",
			"Ceesay|Cissé|Sesay",
		],
	),
}
# A second table, which the rules were tuned on as well after they had done worse on it.
MORE_NAMES: dict[str, tuple[tuple[str, ...], list[str], list[str], list[str]]] = {
	"arabic": (
		NAMES["arabic"][0],
		[
			"Ayoub|Ayub|Aiyoub|Eyoub|أيوب",
			"Hamza|Hamzah|Hamsa|Amza|حمزة",
			"Yassine|Yasin|Yaseen|Iassin|ياسين",
			"Tarek|Tariq|Tareq|Tarik|طارق",
			"Jamal|Gamal|Djamel|Jamel|جمال",
			"Sherif|Sharif|Cherif|Shereef|شريف",
			"Abdelhamid|Abdul Hamid|Abdulhameed|Abd el Hamid|عبد الحميد",
			"Nour Eddine|Noureddine|Nuruddin|Nour El Din|نور الدين",
			"Adham|Adam|Edhem|Adhem|أدهم",
			"Zuhair|Zouheir|Zoheir|Zuhayr|زهير",
			"Qasim|Kassem|Qassem|Kacem|قاسم",
			"Hicham|Hisham|Hesham|Icham|هشام",
		],
		[
			"Hajar|Hagar|Hadjar|هاجر",
			"Rania|Ranya|Raniah|رانيا",
			"Shaimaa|Chaima|Shayma|Sciaima|شيماء",
			"Asmaa|Asma|Esmaa|أسماء",
		],
		[
			"Mubarak|Mobarak|Moubarek|Mbarek|مبارك",
			"Al Khatib|Elkhatib|El Khateeb|Khatib|الخطيب",
			"Shehata|Chehata|Shihata|شحاتة",
			"Bouazizi|Bou Azizi|Buazizi|بوعزيزي",
			"Al Amin|Elamin|El Ameen|Lamine|الأمين",
			"Fathy|Fathi|Fethi|Fati|فتحي",
			"Ghonim|Ghoneim|Ghunaim|Goneim|غنيم",
			"Rajab|Ragab|Redjeb|Rejeb|رجب",
			"Shawky|Chaouki|Shauqi|Sciauki|شوقي",
			"Younes|Yunus|Younis|Iunes|يونس",
		],
	),
	"bengali": (
		NAMES["bengali"][0],
		[
			"Saiful|Shaiful|Sayful|Saifool|সাইফুল",
			"Mizanur|Mijanur|Mizanoor|মিজানুর",
			"Kamrul|Qamrul|Kamrool|কামরুল",
			"Habibur|Hobibur|Habiboor|হাবিবুর",
			"Rasel|Russel|Rashel|Rasell|রাসেল",
			"Shahin|Shaheen|Sahin|Sahine|শাহীন",
			"Ziaur|Jiaur|Zia Ur|জিয়াউর",
			"Delwar|Delowar|Dilwar|Delawar|দেলোয়ার",
		],
		["Jannatul|Zannatul|Jannatool|জান্নাতুল", "Taslima|Taslema|Tasleema|তাসলিমা"],
		[
			"Bhuiyan|Bhuyan|Bhuiya|Bhuyian|ভূঁইয়া",
			"Khatun|Khatoon|Katun|Xatun|খাতুন",
			"Talukder|Talukdar|Taluqder|তালুকদার",
			"Mondal|Mandal|Mondol|মন্ডল",
			"Sheikh|Shaikh|Sheik|Shekh|শেখ",
			"Biswas|Bishwas|Viswas|বিশ্বাস",
			"Kabir|Kobir|Kabeer|কবির",
			"Matubbar|Matubber|Matbor|মাতুব্বর",
		],
	),
	"tigrinya": (
		NAMES["tigrinya"][0],
		[
			"Amanuel|Emanuel|Amaniel|Amanueal|ኣማኑኤል",
			"Mewael|Mewail|Meuael|መዋእል",
			"Kibrom|Kbrom|Kibreab|Chibrom|ክብሮም",
			"Isaias|Isayas|Esayas|Issaias|ኢሳያስ",
			"Tewelde|Teweldie|Teuelde|Tewolde|ተወልደ",
			"Fitsum|Fitzum|Fetsum|Ftsum|ፍጹም",
			"Yemane|Yamane|Iemane|Yemanie|የማነ",
			"Shewit|Shiwit|Sewit|Sciuit|ሸዊት",
		],
		["Rahwa|Rahua|Rahuwa|ራህዋ", "Mihret|Mehret|Mhret|ምሕረት"],
		[
			"Ghebrehiwet|Gebrehiwot|Gebrehiwet|Ghebrehiuet|ገብረሂወት",
			"Mebrahtu|Mebratu|Mebrahtom|Mebrachtu|መብራህቱ",
			"Habtemariam|Habte Mariam|Habtemaryam|Abtemariam|ሃብተማርያም",
			"Tesfamariam|Tesfa Mariam|Tesfamaryam|Tesfamariem|ተስፋማርያም",
			"Kahsay|Kahsai|Kassay|Kahssay|ካሕሳይ",
			"Woldeselassie|Weldesilasie|Welde Slassie|Woldesillase|ወልደስላሴ",
			"Zemichael|Zemikael|Zemicael|ዘሚካኤል",
			"Gebregziabher|Ghebregziabiher|Gebre Egziabher|Gebrezgabiher|ገብረእግዚኣብሄር",
		],
	),
	"albanian": (
		NAMES["albanian"][0],
		[
			"Arbër|Arber|Arbër|Harber",
			"Skënder|Skender|Skander|Scender",
			"Agron|Agronn|Hagron",
			"Blerim|Blerimm|Blerin|Bljerim",
			"Ylli|Illi|Yli|Ulli",
			"Gentjan|Gentian|Gencian|Gentiann",
			"Shpëtim|Shpetim|Spetim|Shptim",
			"Hysni|Husni|Hisni|Usni",
		],
		["Valbona|Vallbona|Valbonë", "Fjolla|Fiolla|Fjola"],
		[
			"Haxhiu|Hadziu|Axhiu|Haxhi",
			"Qosja|Cosja|Kosja|Qosia",
			"Thaçi|Thaci|Thachi|Taci",
			"Gjergji|Gjergj|Giergji|Gergji",
			"Bajrami|Bairami|Bayrami|Barjami",
			"Xhaferi|Djaferi|Dzaferi|Jaferi",
			"Frashëri|Frasheri|Frasceri|Fraseri",
			"Zogu|Zogou|Zogaj|Zoghu",
		],
	),
}
# Written down after the last rule was changed: every second pair of the test is taken from here. Its misses were never
# looked at; its overall figures were seen once, when the slope from likeness to points was chosen out of four.
HELD_OUT: dict[str, tuple[tuple[str, ...], list[str], list[str], list[str]]] = {
	"arabic": (
		NAMES["arabic"][0],
		[
			"Anwar|Anouar|Anuar|Enwer|أنور",
			"Munir|Mounir|Moneer|Monir|منير",
			"Samir|Sameer|Semir|Samer|سمير",
			"Abdelmalek|Abdul Malik|Abdulmalik|Abd el Malek|عبد المالك",
			"Idris|Idriss|Edris|Driss|إدريس",
			"Ashraf|Achraf|Asraf|Ascraf|أشرف",
			"Hani|Hany|Haney|هاني",
			"Salah Eddine|Salaheddin|Salahuddin|Salah al-Din|صلاح الدين",
			"Taha|Tahah|Tâha|طه",
			"Wael|Wail|Ouael|Uail|وائل",
		],
		["Hanane|Hanan|Hannan|حنان", "Nadia|Nadya|Nadiya|نادية", "Soumaya|Sumaya|Somaya|Sumayyah|سمية"],
		[
			"Shahin|Chahine|Shaheen|Sciahin|شاهين",
			"El Baz|Elbaz|Al Baz|Albaz|الباز",
			"Gharbi|Garbi|Rharbi|El Gharbi|الغربي",
			"Rizk|Rezk|Rizq|Risk|رزق",
			"Metwally|Metwalli|Mitwally|Motawalli|متولي",
			"Jaouadi|Jawadi|Gaouadi|الجوادي",
			"Haroun|Harun|Haroon|Aroun|هارون",
			"Qandil|Kandil|Qandeel|Kandeel|قنديل",
		],
	),
	"bengali": (
		NAMES["bengali"][0],
		[
			"Rezaul|Rejaul|Razaul|রেজাউল",
			"Nazmul|Najmul|Nazmool|নাজমুল",
			"Monir|Manir|Moneer|Munir|মনির",
			"Zahid|Jahid|Zaheed|জাহিদ",
			"Alamgir|Alomgir|Alamgeer|আলমগীর",
			"Mahbub|Mahabub|Mahboob|Mahbubur|মাহবুব",
			"Shamim|Samim|Shameem|শামীম",
		],
		["Sharmin|Sarmin|Sharmeen|শারমিন", "Nasrin|Nasreen|Nasrine|Nosrin|নাসরিন"],
		[
			"Majumder|Mazumder|Majumdar|Mojumder|মজুমদার",
			"Haque|Hoque|Haq|Hoq|হক",
			"Khan|Kan|Khaan|খান",
			"Patwary|Patowary|Patwari|Patoary|পাটোয়ারী",
			"Sultana|Soltana|Sultanna|সুলতানা",
			"Alam|Alom|Aalam|আলম",
			"Gazi|Gaji|Ghazi|Gazy|গাজী",
		],
	),
	"tigrinya": (
		NAMES["tigrinya"][0],
		[
			"Natnael|Nathnael|Natanael|Natinael|ናትናኤል",
			"Henok|Hienok|Enoch|Henock|ሄኖክ",
			"Temesgen|Temesghen|Temesgien|Temsgen|ተመስገን",
			"Mikiele|Mikiale|Michiele|ሚኪኤለ",
			"Goitom|Goytom|Goithom|Guitom|ጎይትኦም",
			"Efrem|Ephrem|Efriem|Ephriem|ኤፍሬም",
			"Aron|Aaron|Haron|ኣሮን",
		],
		["Feven|Fieven|Feben|Phieven|ፌቨን", "Winta|Uinta|Wintana|ዊንታ"],
		[
			"Kiflemariam|Kifle Mariam|Kiflemaryam|Chiflemariam|ክፍለማርያም",
			"Tsegay|Segay|Tzegai|Tsegai|ጸጋይ",
			"Ghirmay|Girmay|Ghirmai|Girmai|ግርማይ",
			"Beyene|Beiene|Beyenne|Bejene|በየነ",
			"Habtom|Habtem|Abtom|Habthom|ሃብቶም",
			"Ukbamichael|Okbamichael|Ukbamikael|Oqbamichael|ዑቕባሚካኤል",
			"Andebrhan|Andeberhan|Andebirhan|Andebrahan|ዓንደብርሃን",
		],
	),
	"albanian": (
		NAMES["albanian"][0],
		[
			"Edmond|Edmont|Hedmond",
			"Afrim|Aphrim|Afrimm",
			"Gjergj|Gerg|Gjerg|Giergi",
			"Bujar|Buiar|Bujjar",
			"Valdrin|Valdrinn|Vladrin",
			"Besnik|Besnic|Bessnik",
			"Ilirjan|Ilirian|Illirjan",
		],
		["Anxhela|Angela|Anxhella|Angjela", "Majlinda|Mailinda|Majllinda"],
		[
			"Gjini|Gini|Gjinaj|Djini",
			"Kastrati|Castrati|Kastratti",
			"Dushku|Dusku|Dushkaj",
			"Bushati|Busati|Bushatti|Busciati",
			"Preçi|Preci|Prechi",
			"Hysa|Hisa|Husa|Ysa",
			"Lleshi|Leshi|Llesci|Leschi",
		],
	),
}
# The rest of a register: names that nobody below is sought by. The twenty names above are the commonest of each
# language, and yet more than half of its people have another one.
OTHERS: dict[str, tuple[str, str, str]] = {
	"arabic": (
		"Anas Ayman Hamza Ramy Sami Tarek Hatem Marwan Nabil Fadi Hisham Adel Amr Ayoub Yassine Achraf Nizar Sofiane"
		" Wassim Zouhair Ridha Lotfi Mounir Hicham Idriss Taha Seif Moaz Ashraf Essam",
		"Hanan Rania Dina Sara Leila Nadia Samira Wafa Ines Rim Asma Hajar Manal Sana Nesrine",
		"Shenouda Metwally Elshazly Badawi Ghanem Rizk Fathy Hegazy Shalaby Barakat Jaziri Ben Salah Hammami Zidane Bouazizi"
		" Cherif Benjelloun Tazi Lahlou Amrani Berrada Bennani Naciri Sabbagh Khatib Halabi Qasim Tahir Bashir Idris"
		" Osama Ramadan Shehata Attia Gomaa Farag Selim Tolba Kamel Hamdi",
	),
	"bengali": (
		"Sabbir Mehedi Rasel Sumon Ripon Liton Babul Kamrul Nazmul Rezaul Saiful Tariqul Monir Anwar Billal Delwar Habib"
		" Jasim Kawsar Mahfuz Mizan Nahid Parvez Roni Selim Tuhin Zakir Emon Fahim Hridoy",
		"Sharmin Taslima Jannat Moushumi Shirin Nasrin Salma Ruma Lipi Popy Tania Sabina",
		"Talukder Bhuiyan Patwary Matubbar Khan Mondal Biswas Gazi Fakir Dewan Munshi Khandaker Prodhan Majumder Kazi"
		" Hawladar Shikari Bhuyan Akond Laskar Paik Sheikh Sardar Dhali Mridha Gain Kabir Haque Ali Ahmed",
	),
	"tigrinya": (
		"Aman Awet Daniel Dawit Efrem Ermias Esey Fitsum Futsum Girmay Henok Isaias Kibrom Luwam Meron Natnael Noh Petros"
		" Ruftaom Simon Solomon Temesgen Tewelde Thomas Yemane Yonas Yonatan Zekarias Amanuel Michael",
		"Arsema Feven Helen Hiwet Lidya Luwam Mebrat Rahel Rigat Saba Semhar Winta Yordanos Ruta",
		"Abraha Asmelash Beyene Bokretsion Debesay Embaye Fessehaye Gebrehiwet Gebregziabher Ghirmay Goitom Habte Habtom"
		" Iyob Kahsay Kiflom Kifle Medhanie Mebrahtu Misghina Neguse Russom Sium Tsegay Tesfamariam Tesfazghi Ukbamichael"
		" Woldu Woldegiorgis Yosief Zemichael Fitwi Gaim Temelso",
	),
	"albanian": (
		"Alban Altin Arben Arjan Artan Bledar Bujar Dritan Edmond Elvis Ermal Fatmir Flamur Gentian Ilir Ismet Klodian"
		" Kreshnik Lirim Mentor Olsi Perparim Redon Sokol Taulant Valon Visar Ylli Eraldo Denis",
		"Anisa Arta Blerta Elira Era Jonida Klea Lule Majlinda Ornela Rovena Suela Teuta Valbona",
		"Bajrami Basha Brahimi Bushati Dedja Demiri Dushku Fetahu Frasheri Gashi Gega Gjini Haxhiu Isufi Kastrati Kelmendi"
		" Kola Lika Lleshi Mema Muca Murati Ndoja Prifti Qosja Rama Sejdiu Sulaj Thaci Toci Topalli Uka Veliaj Ymeri Zeka",
	),
	"west african": (
		"Alieu Amadou Boubacar Cheikh Demba Foday Kebba Lassana Modou Moussa Omar Saikou Sekou Seydou Sulayman Yankuba",
		"Aminata Binta Fanta Kadiatou Oumou Ramatoulaye",
		"Bah Balde Barry Bojang Conde Coulibaly Darboe Dembele Drammeh Fofana Keita Konate Manneh Sanneh Sarr Sidibe Sow"
		" Sowe Sylla Traore",
	),
}
CERTAINTIES = ("Documented", "Declared", "Declared", "Declared", "Estimated")


def groups(culture: str, part: int, held_out: bool | None) -> list[list[str]]:
	"""The names of one part (1 male, 2 female, 3 family): those tuned on, those held out, or (None) all of them."""
	tuned = (NAMES, MORE_NAMES)
	tables = (*tuned, HELD_OUT) if held_out is None else (HELD_OUT,) if held_out else tuned
	return [group.split("|") for table in tables if culture in table for group in table[culture][part]]


def is_latin(text: str) -> bool:
	return all(ord(character) < 0x250 for character in text)


def someone(
	dice: random.Random, culture: str, held_out: bool | None = None, rare: bool = False
) -> tuple[Person, dict]:
	"""A person and the groups their names were taken from; `rare` takes the names of `OTHERS` as often as not."""
	sex = dice.choice(("Male", "Male", "Male", "Female"))

	def drawn(part: int) -> list[str]:
		if rare and dice.random() < 0.55:
			return [dice.choice(OTHERS[culture][part - 1].split())]
		return dice.choice(groups(culture, part, held_out))

	given, family = drawn(1 if sex == "Male" else 2), drawn(3)
	born = date(2006, 1, 1) + timedelta(days=dice.randrange(365 * 11))
	certainty = dice.choice(CERTAINTIES)
	if dice.random() < 0.3:
		born, certainty = date(born.year, 1, 1), dice.choice(("Estimated", "Declared"))
	person = Person(
		given_name=dice.choice([name for name in given if is_latin(name)]),
		family_name=dice.choice([name for name in family if is_latin(name)]),
		birth_date=born,
		birth_date_certainty=certainty,
		sex=sex,
		nationalities=(dice.choice(NAMES[culture][0]),),
	)
	return person, {"given": given, "family": family}


def written_again(dice: random.Random, person: Person, named: dict) -> Person:
	"""The same person as another office wrote them down: other spellings, another order, another certainty."""

	def other(group: list[str], than: str) -> str:
		return dice.choice([name for name in group if name != than and is_latin(name)] or group)

	given, family = other(named["given"], person.given_name), other(named["family"], person.family_name)
	again = replace(person, given_name=given, family_name=family)
	what = dice.random()
	if what < 0.20:  # swapped
		again = replace(again, given_name=family, family_name=given)
	elif what < 0.28:  # all in one field
		again = replace(again, given_name=f"{given} {family}", family_name="")
	elif what < 0.34:  # the father's name in the middle
		again = replace(again, given_name=f"{given} {dice.choice(('Ali', 'Musa', 'Adam', 'Idris'))}")
	elif what < 0.39:  # known by another name, the true one beside it
		again = replace(
			again, given_name=dice.choice(("Sam", "Momo", "Kiki", "Leo")), alias=f"{given} {family}"
		)
	elif what < 0.54:  # the original script, in its own field or in the place of the name
		scripts = (named["given"][-1], named["family"][-1])
		if not is_latin("".join(scripts)):
			if dice.random() < 0.5:
				again = replace(again, original_name=" ".join(scripts))
			else:
				again = replace(again, given_name=scripts[0], family_name=scripts[1])
	elif what < 0.57 and person.birth_date.day > 1:  # one name only
		again = replace(again, family_name="")
	birth = dice.random()
	born = person.birth_date
	if birth < 0.20:  # the first of January of about that year
		year = born.year + dice.choice((-1, 0, 0, 0, 1))
		again = replace(again, birth_date=date(year, 1, 1), birth_date_certainty="Estimated")
	elif birth < 0.30:
		again = replace(again, birth_date=None)
	elif birth < 0.36 and born.day <= 12 and born.day != born.month:  # American order
		again = replace(again, birth_date=date(born.year, born.day, born.month))
	elif birth < 0.42 and again.family_name:  # a digit misread
		again = replace(again, birth_date=born + timedelta(days=dice.choice((-1, 1, 10, -10, 30))))
	elif birth < 0.48 and again.family_name:  # declared a year or two younger at the next landing
		again = replace(
			again, birth_date=_year(born, dice.choice((-2, -1, 1))), birth_date_certainty="Declared"
		)
	if dice.random() < 0.08:
		again = replace(again, nationalities=())
	return again


def _year(born: date, more: int) -> date:
	return born.replace(year=born.year + more, day=min(born.day, 28))


def pairs(number: int, held_out: bool, seed: int) -> list[tuple[Person, Person]]:
	"""So many people written down twice: (on file, at the door)."""
	dice = random.Random(seed)
	made = []
	for place in range(number):
		culture = ("arabic", "bengali", "tigrinya", "albanian")[place % 4]
		person, named = someone(dice, culture, held_out)
		made.append(
			(replace(person, code=f"{'H' if held_out else 'T'}{place}"), written_again(dice, person, named))
		)
	return made


def crowd(known: list[Person], number: int, seed: int) -> list[Person]:
	"""At least `number` other people: for each of `known` a brother or sister and a namesake, the rest at random."""
	dice = random.Random(seed)
	others = []
	for person in known:
		culture = next(
			name for name, (countries, *_rest) in NAMES.items() if person.nationalities[0] in countries
		)
		sex = dice.choice(("Male", "Female"))
		own = person.given_name
		given = [
			name
			for group in groups(culture, 1 if sex == "Male" else 2, None)
			if own not in group
			for name in group
			if is_latin(name)
		]
		years = dice.choice((-5, -4, -3, -2, 2, 3, 4, 5))
		others.append(  # a brother or a sister: same family, same country, another name and age
			replace(
				person,
				code="",
				given_name=dice.choice(given),
				sex=sex,
				birth_date=_year(person.birth_date, years),
			)
		)
		years = dice.choice((-7, -6, -5, 5, 6, 7))
		moved = _year(person.birth_date, years) + timedelta(days=dice.randrange(20, 200))
		if dice.random() < 0.5:  # the very same name, years apart
			others.append(
				replace(
					person,
					code="",
					birth_date=moved,
					birth_date_certainty=dice.choice(("Documented", "Declared")),
				)
			)
		else:  # the same name in another country, a few years apart
			others.append(
				replace(
					person,
					code="",
					birth_date=_year(moved, 1),
					birth_date_certainty="Declared",
					nationalities=(dice.choice(("Pakistan", "Somalia", "Iraq", "Nigeria")),),
				)
			)
	cultures = list(NAMES)
	while len(others) < number:
		others.append(someone(dice, dice.choice(cultures), rare=True)[0])
	return [replace(person, code=f"X{place}") for place, person in enumerate(others)]
