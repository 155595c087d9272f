"""Each kind of identifier goes, in each way that reports write it; everything around it stays."""

from __future__ import annotations

import pytest

from reports_nlp.deidentify import scrub

GONE = {
    "title": ("Findings discussed with Dr. Okembe-Lutz at noon.", "Findings discussed with Dr. [NAME] at noon."),
    "title of a word": ("Dr. Heart and Dr. Young agree.", "Dr. [NAME] and Dr. [NAME] agree."),
    "title in small letters": ("seen by dr. o'neill today", "seen by dr. [NAME] today"),
    "title in capitals": ("SEEN BY DR WYNTHORPE TODAY.", "SEEN BY DR [NAME] TODAY."),
    "short name": ("Mr. K and Ms. Ng were seen.", "Mr. [NAME] and Ms. [NAME] were seen."),
    "list of doctors": ("Drs. Okembe and Vance were present.", "Drs. [NAME] and [NAME] were present."),
    "particles": ("Mrs. van der Okembe has pain.", "Mrs. [NAME] has pain."),
    "credential": ("Reviewed: Tullow Vance, PA-C", "Reviewed: [NAME], PA-C"),
    "credential with stops": ("J. Oduya, M.D. agrees.", "[NAME] agrees."),
    "field": ("Patient Name: SMITH, JOHN A   MRN: 00123456", "Patient Name: [NAME]   MRN: [ID]"),
    "field in small letters": ("pt name: o'brien-tullow, mary k", "pt name: [NAME]"),
    "dictated by": ("Dictated by: Tullow Vance\nThe lungs are clear.", "Dictated by: [NAME]\nThe lungs are clear."),
    "signed": (
        "Electronically signed by Vance Tullow on 3/4/2013 10:15",
        "Electronically signed by [NAME] on [DATE] [TIME]",
    ),
    "slash signature": ("/s/ Vance Tullow", "/s/ [NAME]"),
    "copies": ("cc: Tullow; Dr. Vance", "cc: [NAME]; Dr. [NAME]"),
    "initials of the typist": ("JS/mk D: 01/02/2013 T: 01/03/2013", "[NAME] D: [DATE] T: [DATE]"),
    "initials alone in a line": ("No change.\nABC/xyz\n", "No change.\n[NAME]\n"),
    "read by initials": ("Read by VT.", "Read by [NAME]."),
    "told": ("Okembe notified at 14:30.", "[NAME] notified at [TIME]."),
    "relative": ("Her daughter Okembe helps; wife (Vance) too.", "Her daughter [NAME] helps; wife ([NAME]) too."),
    "no context": (
        "There is no change since Okembe saw the images.",
        "There is no change since [NAME] saw the images.",
    ),
    "no context, capitals": ("NO CHANGE SINCE OKEMBE SAW THE IMAGES.", "NO CHANGE SINCE [NAME] SAW THE IMAGES."),
    "other script": ("Seen by 王小明 and Иванов.", "Seen by [NAME] and [NAME]."),
    "surname that is a word": ("This was called to Brown at 9:05 am.", "This was called to [NAME] at [TIME]"),
    "date": ("Compared to 05/12/2013, 2013-05-12 and 12.05.2013.", "Compared to [DATE], [DATE] and [DATE]."),
    "date in words": ("On March 5, 2013 and the 5th of March 2013.", "On [DATE] and the [DATE]."),
    "date run together": ("Exam 20130512, 12MAY2013, 12-May-13.", "Exam [DATE], [DATE], [DATE]."),
    "date and time": ("At 2013-05-12T10:30:00Z the tube was in.", "At [DATE] the tube was in."),
    "month and year": ("CT of March 2013, 3/2013 and Mar '13.", "CT of [DATE], [DATE] and [DATE]."),
    "day and month": ("Comparison: 5/12. CT from 5/12, on May 12.", "Comparison: [DATE]. CT from [DATE], on [DATE]."),
    "what follows a date": ("CT 07/14/15, 0930. CXR of 5/3 and 5/4.", "CT [DATE], [TIME]. CXR of [DATE] and [DATE]."),
    "dates in a row": ("Prior of 5/3/15, 5/4 and 5/5.", "Prior of [DATE], [DATE]."),
    "year and month alone": ("In 2012 and in March it was smaller.", "In [DATE] and in [DATE] it was smaller."),
    "time": ("At 1430 hours, 2:30 pm, 14:30:05 and at 1430.", "At [TIME], [TIME], [TIME] and at [TIME]."),
    "age": (
        "A 94-year-old; aged 97; 101 yo; 92 years old.",
        "A [AGE]-year-old; aged [AGE]; [AGE] yo; [AGE] years old.",
    ),
    "age in words": ("A ninety-four year old woman.", "A [AGE] year old woman."),
    "record numbers": ("MRN 12-34-56, Acc# CT-13-004512, Pt ID 445566", "MRN [ID], Acc# [ID], Pt ID [ID]"),
    "number alone": ("Seen before, 4455667, no change.", "Seen before, [ID], no change."),
    "social security": ("SSN 123-45-6789 is on file.", "SSN [ID] is on file."),
    "serial": ("Generator serial number LXT-99821.", "Generator serial number [ID]."),
    "uid": ("UID 1.2.840.113619.2.55.3.604688119", "UID [ID]"),
    "addresses of machines": ("From 192.168.1.12 and 00:1A:2B:3C:4D:5E", "From [ID] and [ID]"),
    "phone": ("Call (555) 123-4567, 555-123-4567 or +44 (0)20 7946 0958.", "Call [PHONE], [PHONE] or [PHONE]."),
    "pager": ("Pager 4821, ext. 55123, fax: 555-1212", "Pager [PHONE], ext. [PHONE], fax: [PHONE]"),
    "e-mail": ("Mail j.tullow@vance.org now.", "Mail [EMAIL] now."),
    "url": ("See https://pacs.vance.org/a?b=c for more.", "See [URL] for more."),
    "hospital": ("Transferred from St. Okembe's Regional Medical Center.", "Transferred from [INSTITUTION]."),
    "veterans": ("Images from VA Medical Center were seen.", "Images from [INSTITUTION] were seen."),
    "university": ("Done at the University of Vanceton yesterday.", "Done at the [INSTITUTION] yesterday."),
    "room": ("Portable in Room 412, bed 7.", "Portable in Room [PLACE], bed [PLACE]."),
    "town": ("She lives in Vanceton.", "She lives in [PLACE]."),
    "address": ("Lives at 1200 W. Tullow Blvd., Apt 4B.", "Lives at [PLACE]."),
}

GERMAN = {
    "person": (
        "Frau Sabine Öztürk, geb. am 01.02.1950, zeigt kein Infiltrat.",
        "Frau [NAME], geb. am [DATE], zeigt kein Infiltrat.",
    ),
    "colleague": ("Sehr geehrter Herr Kollege Wieczorek, vielen Dank.", "Sehr geehrter Herr [NAME], vielen Dank."),
    "doctor": ("Dr. med. Wieczorek, Oberarzt", "Dr. med. [NAME], Oberarzt"),
    "address": ("Hauptstraße 12, 70174 Stuttgart", "[PLACE]"),
    "telephone": ("Telefon 0711/1234567", "Telefon [PHONE]"),
    "date in words": ("Voraufnahme vom 3. März 2013", "Voraufnahme vom [DATE]"),
    "clock": ("Um 14:30 Uhr", "Um [TIME]"),
    "hospital": ("Klinikum Musterstadt, Station 4B", "[INSTITUTION], Station [PLACE]"),
}

SPANISH = {
    "person": ("Sr. Juan Pérez Gómez, nacido el 12/03/1950.", "Sr. [NAME], nacido el [DATE]."),
    "field": ("Paciente: GARCÍA LÓPEZ, MARÍA JOSÉ", "Paciente: [NAME]"),
    "doctor": ("Comentado con la Dra. Ximénez de Urrutia.", "Comentado con la Dra. [NAME]."),
    "telephone": ("tfno. 912 345 678", "tfno. [PHONE]"),
    "identity card": ("DNI 12345678Z", "DNI [ID]"),
    "date in words": ("TC de 12 de mayo de 2012", "TC de [DATE]"),
    "address": ("Calle Mayor 12, 3º B", "[PLACE]"),
}

STAYS = (
    "Kerley B lines, a Swan-Ganz catheter and a Dobhoff tube.",
    "Hickman line, Bochdalek hernia, Port-A-Cath, Ghon focus, Hampton hump, Chilaiditi sign, Foley catheter.",
    "Hill-Sachs and Bankart lesions; Salter-Harris II; Baker cyst; Crohn disease; Graves disease.",
    "Compression of T12 and L1; C5-6, L4/5, L5-S1, T1-2.",
    "On series 4 image 32 (4/32); images 3/4 and 5/6; see image 3/4.",
    "It measures 2 x 3 cm, 10-15 mm, 2 x 3 x 4 cm, 1/2 to 3/4 of normal.",
    "HU 8; 120 kVp, 2.5 mAs; 500 mL; WBC 14,500; 98/60 mmHg; FEV1 45%; 1:1000; 2:1 block.",
    "BI-RADS 4, LI-RADS 5, Gleason 3+4=7, pT2N1M0, H1N1, Tc-99m, 99mTc, 22G, 18F, SpO2 91%.",
    "ICD-10 J18.9 and R07.89; CPT 71046; V76.12.",
    "At the 3:00 position of the left breast, 4 cm from the nipple.",
    "May represent atelectasis; March fracture; 12 may represent nodes.",
    "A 64-year-old woman, 89 yo man; 6 to 12 months; 3 days ago; yesterday.",
    "MR BRAIN WITHOUT CONTRAST. DR CHEST, PA/LAT. MS PLAQUES.",
    "PA/LAT\nAP and lateral views.",
    "Patient: 45 year old male. The patient reports fever. The doctor was informed.",
    "The hospital course was long; outside hospital CT; emergency room; general hospital care.",
    "Results were discussed with the referring physician and called to the ED.",
    "Dual energy imaging; chest imaging; interventional radiology.",
    "XXXX-year-old with XXXX, [**Name 123**], ___ and [NAME] on [DATE 2012-03-04].",
    "CHEST RADIOGRAPH, TWO VIEWS: THE LUNGS ARE CLEAR. NO PNEUMOTHORAX.",
    "Chest X-Ray Two Views Frontal And Lateral",
)


@pytest.mark.parametrize("name", GONE)
def test_an_identifier_goes_and_its_surroundings_stay(name: str) -> None:
    text, expected = GONE[name]
    assert scrub(text).text == expected


@pytest.mark.parametrize("name", GERMAN)
def test_german_forms_go(name: str) -> None:
    text, expected = GERMAN[name]
    assert scrub(text, language="de").text == expected


@pytest.mark.parametrize("name", SPANISH)
def test_spanish_forms_go(name: str) -> None:
    text, expected = SPANISH[name]
    assert scrub(text, language="es").text == expected


@pytest.mark.parametrize("text", STAYS)
def test_findings_eponyms_levels_and_measures_stay(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "Befund: Herz nicht vergrößert, kein Pleuraerguss, kein Pneumothorax. Gegenüber der Voraufnahme unverändert.",
    ],
)
def test_german_nouns_stay(text: str) -> None:
    assert scrub(text, language="de").text == text


def test_spanish_sentences_stay() -> None:
    text = (
        "Hallazgos: Corazón de tamaño normal. No se observa derrame pleural. Vértebra D12. Comparación con TC previa."
    )
    assert scrub(text, language="es").text == text


def test_a_long_row_of_dates_is_gone_at_once() -> None:
    once = scrub("On 5/3/15" + "".join(f", {month}/{day}" for month in range(1, 6) for day in range(1, 29)) + ".").text
    assert not any(character.isdigit() for character in once)
    assert scrub(once).text == once


@pytest.mark.parametrize("texts", [GONE, GERMAN, SPANISH])
def test_scrubbing_twice_changes_nothing(texts: dict[str, tuple[str, str]]) -> None:
    for text, _ in texts.values():
        for shift in (None, -77):
            once = scrub(text, day_shift=shift).text
            assert scrub(once, day_shift=shift).text == once
