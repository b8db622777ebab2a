/** What the names of columns suggest, in the abbreviations that legacy databases have. Guesses, each told as one. Pure. */
import type { Sensitivity } from '../domain/tables/table.js';

/** `orderEntryDate`, `ORD_ENTRY_DT` -> `order_entry_date`, `ord_entry_dt`: parts joined by one underscore. */
export const spelled = (name: string): string =>
  name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');

/** One of the words is a part of the name. */
const named = (words: string): ((name: string) => boolean) => {
  const pattern = new RegExp(`(^|_)(${words})(_|$)`);
  return (name) => pattern.test(spelled(name));
};

/** A moment or a day. */
export const isTemporal = named(
  'ts|tmst|time|timestamp|date|datum|dat|dt|day|at|since|until|valid|created|changed|updated|modified|d|crt|chg',
);

/** A day, where the number alone could be anything. */
export const isDay = named('date|datum|dat|dt|day|birthday|dob');

/** Its values are few and each means something. */
const isCoded = named(
  'cd|code|sts|stat|status|state|typ|type|tp|kind|class|cat|category|flg|flag|ind|rsn|reason|mode|prio|priority|is|has|ok|active',
);

/** Its values are few today; tomorrow there is another country, warehouse or channel. */
const isOpen = named(
  'ctry|country|cntry|land|curr|currency|ccy|lang|language|locale|mkt|market|whs|warehouse|wh|chnl|channel|tnt|tenant|site|store|' +
    'plant|region|city|zip|carrier|sku|item|product|prod|user|usr|uom|unit|tax|vat|bank|dept',
);

export const isCode = (name: string): boolean => isCoded(name) && !isOpen(name) && !tellsPerson(name);

/** Who it was or is: few values in a small house, and each of them a person. */
const tellsPerson = (name: string): boolean =>
  /(^|_)(by|user|usr|name|nm|person|employee|emp|operator|agent|clerk|staff|owner|driver|picker)$/.test(spelled(name));

/** Its values may be shown as evidence: they mean things of the business. */
export const isShowable = (name: string): boolean => (isCoded(name) || isOpen(name)) && !tellsPerson(name);

export const isMoney = named(
  'amount|amt|price|prc|total|tot|cost|fee|tax|vat|balance|bal|discount|disc|refund|money|revenue|credit|ytd',
);

const SECRETS = named(
  'password|passwd|pwd|passphrase|passwort|kennwort|credentials?|secret|token|otp|api_key|apikey|access_key|private_key|pin|cvv|cvc|salt',
);

const PERSONAL = named(
  'first|last|middle|vorname|nachname|maiden|firstname|lastname|surname|forename|given_name|family_name|full_name|fname|lname|contact|' +
    'recipient|street|str|stra(?:ss|ß)e|hausnr|ort|telefon|geburtsdatum|addr1|addr2|address|address1|address2|line1|line2|house|zip|zipcode|plz|postcode|postal|city|town|phone|tel|mobile|' +
    'fax|email|mail|e_mail|birth|birthdate|birthday|dob|gender|iban|bic|account_holder|card|card_no|pan|ssn|passport|tax_id|ip|ip_address|' +
    'notes|note|remark|remarks|comment|comments|memo|signature|latitude|longitude|username|login',
);

export interface Suspicion {
  readonly sensitivity: Sensitivity;
  readonly evidence: string;
}

const PERSONS =
  'cust|custs|customers?|clients?|person|persons|people|patients?|employees?|emp|members?|guests?|buyers?|payers?|payees?|holders?|users?|usr|owners?|' +
  'contacts?|consignees?|kunden?|subscribers?|students?|drivers?';
const ofPersons = named(PERSONS);
const isPersonName = named(`(?:${PERSONS})_(?:name|nm)`);
const isName = (name: string): boolean => /^(?:[a-z]_)?(?:name|nm)$/.test(spelled(name));

/**
 * By the names alone; null: nothing. `ship_first` is personal, `first_order` is, and should be looked at, too.
 * @param table of the column: the `name` of a customer is personal, that of a product is not.
 */
export function suspicionOf(name: string, table: string): Suspicion | null {
  if (SECRETS(name)) return { sensitivity: 'secret', evidence: 'secret, by its name' };
  if (PERSONAL(name) || isPersonName(name)) return { sensitivity: 'personal', evidence: 'personal, by its name' };
  return isName(name) && ofPersons(table.slice(table.lastIndexOf('.') + 1))
    ? { sensitivity: 'personal', evidence: 'personal, by its name and that of its table' }
    : null;
}

const MAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const PHONE = /^(\+|0|\()[\d ()/-]{8,}$/;
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** What values look like; in the order in which they are asked. */
export const PERSONAL_FORMS: readonly { readonly what: string; readonly holds: (text: string) => boolean }[] = [
  { what: 'e-mail addresses', holds: (text) => MAIL.test(text) },
  { what: 'bank accounts (IBAN)', holds: (text) => IBAN.test(text.replaceAll(' ', '')) },
  { what: 'telephone numbers', holds: (text) => PHONE.test(text) && /[+ ()/]/.test(text) },
];
