/**
 * Whether a code is a language tag of BCP 47 (RFC 5646): its grammar, and of the first subtag whether the registry has it
 * (IANA, Language Subtag Registry). The registry's eight thousand subtags of three letters are not held here: one is taken
 * unless the language has two letters, as those must be used then. Pure.
 */

/** The subtags of two letters. */
const TWO_LETTERS = new Set(
  (
    'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ' +
    'ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik ' +
    'in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg ' +
    'mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ' +
    'ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ' +
    'ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'
  ).split(' '),
)
/** ISO 639-2's codes of three letters of the languages that have two: no subtags. */
const NOT_THREE_LETTERS = new Set(
  (
    'aar abk afr aka alb amh ara arg arm asm ava ave aym aze bak bam baq bel ben bih bis bod bos bre bul bur ' +
    'cat ces cha che chi chu chv cor cos cre cym cze dan deu div dut dzo ell eng epo est eus ewe fao fas fij ' +
    'fin fra fre fry ful geo ger gla gle glg glv gre grn guj hat hau heb her hin hmo hrv hun hye ibo ice ido ' +
    'iii iku ile ina ind ipk isl ita jav jpn kal kan kas kat kau kaz khm kik kin kir kom kon kor kua kur lao ' +
    'lat lav lim lin lit ltz lub lug mac mah mal mao mar may mkd mlg mlt mon mri msa mya nau nav nbl nde ndo ' +
    'nep nld nno nob nor nya oci oji ori orm oss pan per pli pol por pus que roh ron rum run rus sag san sin ' +
    'slk slo slv sme smo sna snd som sot spa sqi srd srp ssw sun swa swe tah tam tat tel tgk tgl tha tib tir ' +
    'ton tsn tso tuk tur twi uig ukr urd uzb ven vie vol wel wln wol xho yid yor zha zho zul'
  ).split(' '),
)
/** Tags that are older than the grammar. */
const GRANDFATHERED = new Set(
  (
    'art-lojban cel-gaulish en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn ' +
    'i-tao i-tay i-tsu no-bok no-nyn sgn-be-fr sgn-be-nl sgn-ch-de zh-guoyu zh-hakka zh-min zh-min-nan zh-xiang'
  ).split(' '),
)
/** Language, up to three further ones, script, region, variants, extensions, private use. */
const TAG =
  /^([a-z]{2,3})(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?$/
const PRIVATE = /^x(-[a-z0-9]{1,8})+$/

/** Judges a language tag; its case says nothing. */
export function isLanguage(tag: string): boolean {
  const lower = tag.toLowerCase()
  const language = TAG.exec(lower)?.[1]
  if (language === undefined) return PRIVATE.test(lower) || GRANDFATHERED.has(lower)
  return language.length === 2 ? TWO_LETTERS.has(language) : !NOT_THREE_LETTERS.has(language)
}
