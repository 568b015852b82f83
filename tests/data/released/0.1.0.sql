BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'signoff','0001_initial','2026-11-28 13:54:27.550477+00:00');
CREATE TABLE accepted_mail (
  sent_at TEXT NOT NULL
) STRICT;
CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  password_hash TEXT NOT NULL,
  generation    INTEGER NOT NULL DEFAULT 1,
  created_at    TEXT NOT NULL,
  invited_at    TEXT,
  disabled_at   TEXT,
  language      TEXT NOT NULL DEFAULT '',
  calendar      INTEGER NOT NULL DEFAULT 0,
  oidc_issuer   TEXT NOT NULL DEFAULT '',
  oidc_subject  TEXT NOT NULL DEFAULT '',
  CHECK ((oidc_issuer = '') = (oidc_subject = ''))
) STRICT;
CREATE TABLE address_changes (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id   INTEGER NOT NULL REFERENCES accounts(id),
  before       TEXT NOT NULL,
  email        TEXT NOT NULL CHECK (email <> ''),
  requested_at TEXT NOT NULL,
  confirmed_at TEXT
) STRICT;
CREATE TABLE annexes (
  id         INTEGER PRIMARY KEY,
  edition_id INTEGER NOT NULL REFERENCES editions(id),
  name       TEXT NOT NULL CHECK (name <> ''),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  size       INTEGER NOT NULL CHECK (size > 0),
  added_at   TEXT NOT NULL,
  UNIQUE (edition_id, sha256)
) STRICT;
CREATE TABLE answer_people (
  answer_id       INTEGER PRIMARY KEY REFERENCES answers(id),
  title           TEXT NOT NULL,
  first_name      TEXT NOT NULL,
  last_name       TEXT NOT NULL,
  function        TEXT NOT NULL,
  filled_in_by    TEXT NOT NULL,
  filled_in_unit  TEXT NOT NULL,
  filled_in_email TEXT NOT NULL,
  reason          TEXT NOT NULL
) STRICT;
INSERT INTO "answer_people" VALUES(1,'','','','','Sachbearbeitung','Hauptamt','hauptamt@rathaus.example','Der Rat wartet den Modellversuch ab.');
CREATE TABLE answer_records (
  answer_id   INTEGER PRIMARY KEY REFERENCES answers(id),
  recorded_at TEXT NOT NULL,
  recorded_by TEXT NOT NULL CHECK (recorded_by <> ''),
  reason      TEXT NOT NULL CHECK (length(reason) <= 2000),
  scan_sha256 TEXT NOT NULL CHECK (length(scan_sha256) IN (0, 64)),
  scan_type   TEXT NOT NULL CHECK (scan_type IN ('', 'pdf', 'jpg', 'png', 'eml')),
  scan_size   INTEGER NOT NULL,
  CHECK ((scan_sha256 = '') = (scan_type = '')),
  CHECK (reason <> '' OR scan_sha256 <> '')
) STRICT;
CREATE TABLE answers (
  id              INTEGER PRIMARY KEY,
  invitation_id   INTEGER NOT NULL REFERENCES invitations(id),
  number          INTEGER NOT NULL CHECK (number > 0),
  kind            TEXT NOT NULL CHECK (kind IN ('sign', 'decline', 'not_competent', 'pending', 'withdrawn')),
  official_name   TEXT NOT NULL,
  basis           TEXT NOT NULL CHECK (basis IN ('', 'head', 'administration', 'council', 'both', 'urgent')),
  body            TEXT NOT NULL,
  decision_number TEXT NOT NULL,
  decision_on     TEXT,
  decision_result TEXT NOT NULL,
  publish_name    INTEGER NOT NULL CHECK (publish_name IN (0, 1)),
  note            TEXT NOT NULL CHECK (length(note) <= 600),
  expected_on     TEXT,
  received_at     TEXT NOT NULL,
  channel         TEXT NOT NULL CHECK (channel IN ('link', 'letter', 'email', 'telephone', 'assembly')),
  link_id         INTEGER REFERENCES links(id),
  form_key        TEXT NOT NULL,
  entry           INTEGER NOT NULL REFERENCES audit(seq),
  corrects        INTEGER REFERENCES answers(id),
  late            INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
  CHECK ((kind = 'sign') = (basis <> '')),
  CHECK ((kind = 'sign') = (official_name <> '')),
  CHECK ((kind = 'pending') = (expected_on IS NOT NULL)),
  CHECK ((channel = 'link') = (link_id IS NOT NULL)),
  UNIQUE (invitation_id, number),
  UNIQUE (invitation_id, form_key)
) STRICT;
INSERT INTO "answers" VALUES(1,2,1,'decline','','','','',NULL,'',0,'',NULL,'2027-01-19T09:00:00.000000+00:00','link',3,'ER6oynH4BFuvIcBSV-_9Hw',6,NULL,0);
CREATE TABLE applications (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id      INTEGER NOT NULL REFERENCES rounds(id),
  official_name TEXT NOT NULL CHECK (official_name <> ''),
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  email         TEXT NOT NULL CHECK (email <> ''),
  mailbox       TEXT NOT NULL,
  contact       TEXT NOT NULL,
  language      TEXT NOT NULL,
  applied_at    TEXT NOT NULL,
  asked_at      TEXT NOT NULL,
  confirmed_at  TEXT,
  decided_at    TEXT CHECK (decided_at IS NULL OR confirmed_at IS NOT NULL),
  member_id     INTEGER REFERENCES members(id) CHECK (member_id IS NULL OR decided_at IS NOT NULL),
  reason        TEXT NOT NULL DEFAULT '',
  CHECK (decided_at IS NULL OR (member_id IS NULL) <> (reason = ''))
) STRICT;
CREATE TABLE approvals (
  id           INTEGER PRIMARY KEY,
  act          TEXT NOT NULL
                 CHECK (act IN ('release', 'late_signature', 'late_document', 'retraction', 'follow_up', 'application',
                                  'four_eyes_off')),
  subject      TEXT NOT NULL,
  payload      TEXT NOT NULL CHECK (json_valid(payload)),
  requested_by TEXT NOT NULL,
  requested_at TEXT NOT NULL,
  ended_at     TEXT,
  confirmed_by TEXT CHECK (confirmed_by IS NULL OR (ended_at IS NOT NULL AND confirmed_by <> requested_by))
) STRICT;
CREATE TABLE association (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  name       TEXT NOT NULL,
  short_name TEXT NOT NULL,
  address    TEXT NOT NULL,
  email      TEXT NOT NULL,
  telephone  TEXT NOT NULL,
  hours      TEXT NOT NULL,
  contact    TEXT NOT NULL,
  language   TEXT NOT NULL,
  time_zone  TEXT NOT NULL,
  sender     TEXT NOT NULL DEFAULT '',
  logo       TEXT NOT NULL DEFAULT '',
  four_eyes  INTEGER NOT NULL DEFAULT 0 CHECK (four_eyes IN (0, 1)),
  responsible TEXT NOT NULL DEFAULT '',
  licence    TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "association" VALUES(1,'Städteforum Öffentlicher Raum e. V.','Städteforum','Musterstraße 1
50667 Köln','mitzeichnung@staedteforum.example','0221 4710-128','Mo–Do 9–16 Uhr, Fr 9–13 Uhr','Geschäftsstelle','de','Europe/Berlin','','',0,'','');
CREATE TABLE audit (
  seq            INTEGER PRIMARY KEY,
  at             TEXT NOT NULL,
  event          TEXT NOT NULL,
  actor          TEXT NOT NULL,
  subject        TEXT NOT NULL,
  details_digest TEXT NOT NULL,
  salt           BLOB NOT NULL,
  peaks          BLOB NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,'2026-12-19T09:00:00.000000+00:00','instance_created','init','association','6d13b4dd589184b53c81ac1a2d962772e0b34ac5e220152a0b8099ec9fcdaa51',X'1C1A320BA96227C71ECBA7A626D5B71A07A30E859F526C4FF659741A5BB87F89',X'AD8C79B41C0CC672DD9DF20C149BD4F26849A7B5184C8ABA1E5FD397FACB46E8');
INSERT INTO "audit" VALUES(2,'2027-01-18T09:00:00.000000+00:00','members_imported','office','members','36f41377dccd779e26ed37d4446100c59ed30b8f1286f391967daa00f997abc3',X'4177DD06AF91202EE791EF01540C23AB6078D1D92AD176CBC2975FFFC5D6D336',X'B7BA3A8FBFB53227C8DFD71E9367FC7DCB1E3FFC1E8C267B8739585948A76E49');
INSERT INTO "audit" VALUES(3,'2027-01-18T09:00:00.000000+00:00','paper_added','office','paper/leitgedanken','164cc30f7f3a2398d1d3964ae8d6b846b0b4efe14ad378d9bfb6ea45f117e870',X'33D9A942406BB111D5644EF2AED55D38585DE24AB77620900B5E6BEE1231A775',X'B7BA3A8FBFB53227C8DFD71E9367FC7DCB1E3FFC1E8C267B8739585948A76E49A57033FCBF2308ED22D01E7970696E79D58870BD524D2FC216DD0047AE9B74AF');
INSERT INTO "audit" VALUES(4,'2027-01-18T09:00:00.000000+00:00','round_opened','office','round/1','ce6b55a183d1d06857aeac3d818f53b7eca1adbdc9ba6b74e0ea526af45c7148',X'4114D8320B97C68479A8F4493992CD9C9253AF7B942AD01BD1537C9313683CDD',X'0BF91AC3BCEB33941825CF85E3C832B81E21E2F5C8D26A8F8D0C91CA60885DE2');
INSERT INTO "audit" VALUES(5,'2027-01-18T09:00:00.000000+00:00','printed','worker','round/1','6db132fcc60eeb16a880b163914f9217eb548c68bed7711c525271853012adb1',X'824AF14CEC1178D662E792F5A958C2DF9325A40EFBD8C75CC0D1145E318C28E9',X'0BF91AC3BCEB33941825CF85E3C832B81E21E2F5C8D26A8F8D0C91CA60885DE28B5CFCDE2A4B57439B66F2A7E5E6D2B858ECC21A5850FD45742D62CB1015955B');
INSERT INTO "audit" VALUES(6,'2027-01-19T09:00:00.000000+00:00','answered','link/3','invitation/2','ffca40192ae3641c0d7ddd294863f1ee1419d0e05e5a7992ab45954b017026ca',X'0195CEE33C43F99451A27A58849CF31336FE6868D3FC0BE1E7FE0CF1F12F7E4D',X'0BF91AC3BCEB33941825CF85E3C832B81E21E2F5C8D26A8F8D0C91CA60885DE22305E29D47F79C1C5888FC939B7997659B1210771E1C2B6AB43914AE45C0F382');
INSERT INTO "audit" VALUES(7,'2027-01-19T09:00:00.000000+00:00','round_extended','office','round/1','37e4e5af43613bd4989f3d660e9502924e28968044a27b41f3839a939af7e311',X'8E4DB5AC38C6DDA94F7BB56BE787A70365998457AD686817984F7C8E7E471B28',X'0BF91AC3BCEB33941825CF85E3C832B81E21E2F5C8D26A8F8D0C91CA60885DE22305E29D47F79C1C5888FC939B7997659B1210771E1C2B6AB43914AE45C0F3820EB32DC9527EA38A14F540A708FFC1EC03A4325A9DB7A4D429E938E1D84D80FF');
CREATE TABLE audit_details (
  seq     INTEGER PRIMARY KEY REFERENCES audit(seq),
  salt    BLOB NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;
INSERT INTO "audit_details" VALUES(1,X'3E88058CAB16561B1F465F030A4B6916','{"name":"Städteforum Öffentlicher Raum e. V."}');
INSERT INTO "audit_details" VALUES(2,X'8C16E29517328839C69F53AC28BE8C2B','{"changed":[["new","01","",[]],["new","01","buergermeisterin@musterhausen.example",[]],["new","01","buero@musterhausen.example",[]],["new","02","",[]],["new","02","rathaus@beispielstadt.example",[]],["new","03","",[]],["new","03","markt@aehringen.example",[]],["new","04","",[]],["new","04","",[]],["new","99","",[]],["new","99","niemand@nirgendwo.example",[]]]}');
INSERT INTO "audit_details" VALUES(3,X'30FD68EC9D7D5C97BEF05F5C91219326','{"digest":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a","edition":1}');
INSERT INTO "audit_details" VALUES(4,X'EB9F9A7E383FC0E0DF980D7016FEE53A','{"deadline":"2027-04-01T00:00:00+02:00","digest":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a","members":["01","02","03","04"],"paper":"leitgedanken"}');
INSERT INTO "audit_details" VALUES(5,X'0EA06E0B0560D1C6924D65C28172284E','{"kind":"draft","pages":1,"seal":"","sha256":"86273a6566330a86ef9c9c80a6abf6468e6a09c740fe06e4d4796384de23eba8","size":1380}');
INSERT INTO "audit_details" VALUES(6,X'4BD2069134CD7C5342AEC9B7E10AD09F','{"answer":{"declaration":null,"expected_body":"","expected_on":null,"filled_in":{"email":"hauptamt@rathaus.example","name":"Sachbearbeitung","unit":"Hauptamt"},"kind":"decline","reason":"Der Rat wartet den Modellversuch ab."},"member":"02","number":1,"text":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a"}');
INSERT INTO "audit_details" VALUES(7,X'33224448ECF55F37B6A7797ABC7B168C','{"deadline":"2027-04-08T00:00:00+02:00"}');
CREATE TABLE authenticators (
  account_id INTEGER PRIMARY KEY REFERENCES accounts(id),
  nonce      TEXT NOT NULL CHECK (length(nonce) = 32),
  last_step  INTEGER NOT NULL,
  added_at   TEXT NOT NULL
) STRICT;
CREATE TABLE bound_rows (
  seq    INTEGER NOT NULL REFERENCES audit(seq),
  name   TEXT NOT NULL,
  key    TEXT NOT NULL,
  salt   BLOB,
  digest BLOB NOT NULL,
  PRIMARY KEY (seq, name, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "bound_rows" VALUES(1,'association','[1]',X'6DC162ABAD1B65B6E2FDC66865BC9A8A',X'9268F0E602DDF2DCB65C8017339871ED1F1254712D6BF92B96FF6FAE27BEE24D');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["accessibility","de"]',X'3B030B726927F93C3795005F73D2A390',X'9056B82400485DCD01A958B55E7D23830D998951EEBF1AC930AFAD9E1939D467');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["accessibility","en"]',X'8117A265A0C7E3046F42D4EE8DBFD1CC',X'E0D9964FC07C9C2C4DD85A7A7BA154C52B4317EF978EA225181650DC866BC079');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["imprint","de"]',X'FE0A1CFD173AB72659152238B0C61193',X'B0EA5BE4612D6CF384A07423D34375609F20ACF822732A1370198265214AB35C');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["imprint","en"]',X'8360648437FB4226FDDB7680D4E9D80B',X'79A31BE23CA02626DED7EC06C49BB82A826BECFAA8FB9E9770C7CEC00B355F2B');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["privacy","de"]',X'3B0C5EA8F3CB49C46B272C00D13247F3',X'BA63641F4195F5EB1208CDB93B99D819B5DF1B17F02AF59D26D9A207182F094D');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["privacy","en"]',X'92677F2B5CF3EC23F101251B0BFA472F',X'83E3950FC0E7772635170BC73B1493C6D3AB1F24622861BE83FC4DC959BABF4D');
INSERT INTO "bound_rows" VALUES(2,'members','[1]',X'513AAA7F8F4B4AD9A4B24C07F188BA22',X'EC7DA750A4ED987991E8C7A18C957967FEA1CBA1DF205D878849559E62648E56');
INSERT INTO "bound_rows" VALUES(2,'members','[2]',X'0DA1B3C7813D1C56E371C43B886AA082',X'1C4880825A671CCE8FA1B260A455657072A8A876D3F949950C90FFF7DD4C92A4');
INSERT INTO "bound_rows" VALUES(2,'members','[3]',X'68C0F19755A5ED0B95662E9977CFC615',X'C8AA7DF3E84A10D68680C7BDC06D39BA840A2ACF721C32675C4181F6492A8E35');
INSERT INTO "bound_rows" VALUES(2,'members','[4]',X'1A0C64EEECA9FFF2CF7C1C4A382D5D03',X'12A4EFD7CF3A512CE717FA239D12951FCBC4CE4328F8B7C21E4445E8D462A9DD');
INSERT INTO "bound_rows" VALUES(2,'members','[5]',X'9A87DBBEE96B8437E002E887B1FEB419',X'09E4EF015F6CD83992A2587890C3589DFC7F2ADE7C493441A3BDD30F233A059A');
INSERT INTO "bound_rows" VALUES(2,'representatives','[1]',X'8D1368A01860BAD99363D489AEA88F3C',X'38774881D04523386D7BFAD4DCD563CE6907CB479B03AF97001CF6EF3022223E');
INSERT INTO "bound_rows" VALUES(2,'representatives','[2]',X'40F2EA7CE7CA452F2B5FB333D23BC88A',X'828CBC0081DFD4E39C18B156A1E027C14594812C7BDE4B0405413EE9E7DB8D56');
INSERT INTO "bound_rows" VALUES(2,'representatives','[3]',X'CDE5DF2F0D88EAE199E4F14757F0829E',X'04732A5AABC50C2C2EC3F2572033118BA1DAB9F09C0F3953C9E94E80F4970BB1');
INSERT INTO "bound_rows" VALUES(2,'representatives','[4]',X'F381FF0A962965548CCCCDE55E38499A',X'96BDE2848575799D0EED9F14C7577A61388D07F368CD9A743D9FC1366914014E');
INSERT INTO "bound_rows" VALUES(2,'representatives','[5]',X'B77F7E0FEE649C68C019ABAEE79E1FE4',X'0EC85ABFACB81976E0FBD0FCD55E3F61500732FCF851FBF000751B63814E32B2');
INSERT INTO "bound_rows" VALUES(2,'representatives','[6]',X'FD7A50596F3C58FA87F9C223456E2D0D',X'8592C751D20B69687151C7822E4D71D99FB3A7114BBD98DD0E8B83EF3CF0DF7C');
INSERT INTO "bound_rows" VALUES(3,'editions','[1]',X'FDE471E8AE278673A444029B988E5834',X'9F4A900DAE4965936E3AB4B87AB0C76C963A6C2E3C4748F5C720BEAB8E5E2C99');
INSERT INTO "bound_rows" VALUES(3,'papers','[1]',X'7C86C54E40EC259351FF860CFE10FC7D',X'E7037AAC069AC04EBDD6C8B2F3FE2338D4074256F854475161215F25336375A6');
INSERT INTO "bound_rows" VALUES(4,'invitations','[1]',X'738EF5E267EA5B732201A43AA1B8576C',X'356585FFC167268D81C14822D2ED37D28AADAD41B17BE46D478D670D51EA4FEF');
INSERT INTO "bound_rows" VALUES(4,'invitations','[2]',X'C2E4548110D0F1B93355EB908B9CDC49',X'7D38676BA51AB074E02899C9CDD12DDA1D684F9602AEA880B799842F3A0D6E48');
INSERT INTO "bound_rows" VALUES(4,'invitations','[3]',X'5AB5BA7C480E40E7C0F65DF6D671C378',X'BFF9DD18FBA2D6252BFCED7F1ADC7523E1B09A5EF5CF0EA453FB37159A187053');
INSERT INTO "bound_rows" VALUES(4,'invitations','[4]',X'809D75E80732D3CE0050CB64139892C4',X'62A8D91D699BE9B3B2EE9CCB48F9408503561326EB2CB7E14F0CE73438242F46');
INSERT INTO "bound_rows" VALUES(4,'links','[1]',X'EB398FBB9B2272A1DF060BF260744DFB',X'637CF111E1AC280E12F6479A1AEBB7CAC3CFBB339C2FCA9E249C5B4F543B12E0');
INSERT INTO "bound_rows" VALUES(4,'links','[2]',X'BBDA7D40DD73A0862F3788AE84B49F10',X'D5E2CE761068BFF21A4F66BF13A2436B62ABC92FECA60BDB26138E8E66B2ACA7');
INSERT INTO "bound_rows" VALUES(4,'links','[3]',X'F8BE29FDBEE8D6CB45CF4D7EA4132365',X'21433E751416BA6061C0759E21DEBCC71DAE1A1158F5B7E09D5FB6FEE8CF073D');
INSERT INTO "bound_rows" VALUES(4,'links','[4]',X'9E588B29C47B604C2F6F793F9FC61CDF',X'25111B2E09D94DFABEDE99851D03B671248354FE1A780A3DCD8454447C8DF315');
INSERT INTO "bound_rows" VALUES(4,'links','[5]',X'95DC8A19724E08002DDA2150F4757745',X'937450B75F731FB010531704C4A363B190F5C9D6A8ADD082DD4745A403E3F809');
INSERT INTO "bound_rows" VALUES(4,'prints','[1]',X'EB19BDC213F984F9A1AFD6B4736D168D',X'C43BC9105A9EA32C10696AB5B9EF32A049B3C1753FE8C8EBAAA1366D6BEE93DC');
INSERT INTO "bound_rows" VALUES(4,'prints','[2]',NULL,X'5BCE8756F60E9845ECDF8213B46D5043E152C8183ACCF223C56ED8101CBAEF0F');
INSERT INTO "bound_rows" VALUES(4,'rounds','[1]',NULL,X'6F1F9C3652239283C64E34ABE4E754A9F37B792F08A79F17C22885F15CBB753A');
INSERT INTO "bound_rows" VALUES(5,'prints','[2]',X'43CB00612E62FADF721C6AC2560BF3A6',X'CB934A0B081C9B22F0AD6CC5577391C009297CF48C2DE7E4B5FDF88CC27CFA37');
INSERT INTO "bound_rows" VALUES(6,'answer_people','[1]',X'5C45EE5A08C49FDA55ACB79934B3E275',X'BE6433BD99F2BC3B931591D99731FCAADFB1855E593C79827CACF6C4C5F15B14');
INSERT INTO "bound_rows" VALUES(6,'answers','[1]',X'925FF0A29E2491995ADE8CD06F554A41',X'7E3E66A09DE9DD6A1881FE65019008A85A0CE792375CE23C33B546658C6E7D66');
INSERT INTO "bound_rows" VALUES(7,'prints','[3]',X'19CE7498C45DED1000E423464EB1F20E',X'8D17AB791CB3887AEC7E0A31AD28776B52DFAC90227AE0027D5C8EFD1093EC89');
INSERT INTO "bound_rows" VALUES(7,'rounds','[1]',X'1CF258AE1576FB115D343E4CDAD3C943',X'641A9AFB5EE99A9795DDD80DFF655F38F4638E655031C257CD95DB6FBDCE29C4');
CREATE TABLE checkpoints (
  size      INTEGER PRIMARY KEY CHECK (size > 0),
  root      BLOB NOT NULL CHECK (length(root) = 32),
  kind      TEXT NOT NULL CHECK (kind IN ('closing', 'amendment', 'addendum', 'edition', 'release')),
  round_id  INTEGER NOT NULL REFERENCES rounds(id),
  entry     INTEGER NOT NULL REFERENCES audit(seq),
  at        TEXT NOT NULL,
  statement TEXT NOT NULL CHECK (json_valid(statement)),
  salt      BLOB NOT NULL
) STRICT;
CREATE TABLE delivery_checks (
  subject    TEXT PRIMARY KEY,
  result     TEXT NOT NULL CHECK (json_valid(result)),
  checked_at TEXT NOT NULL
) STRICT;
CREATE TABLE digests (
  id          INTEGER PRIMARY KEY,
  account_id  INTEGER NOT NULL REFERENCES accounts(id),
  frequency   TEXT NOT NULL CHECK (frequency IN ('at_once', 'daily', 'weekly')),
  entries     TEXT NOT NULL CHECK (json_valid(entries)),
  with_rounds INTEGER NOT NULL CHECK (with_rounds IN (0, 1)),
  created_at  TEXT NOT NULL
) STRICT;
CREATE TABLE editions (
  id         INTEGER PRIMARY KEY,
  paper_id   INTEGER NOT NULL REFERENCES papers(id),
  number     INTEGER NOT NULL CHECK (number > 0),
  title      TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  subtitle   TEXT NOT NULL CHECK (length(subtitle) <= 300),
  kind       TEXT NOT NULL,
  language   TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_on TEXT,
  adopted_at TEXT NOT NULL,
  html       TEXT NOT NULL CHECK (html <> ''),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  created_at TEXT NOT NULL,
  assembly   TEXT NOT NULL DEFAULT '',
  vote       TEXT NOT NULL DEFAULT '',
  summary    TEXT NOT NULL DEFAULT '' CHECK (length(summary) <= 400),
  contact    TEXT NOT NULL DEFAULT '',
  source     TEXT NOT NULL DEFAULT '',
  version    INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
  UNIQUE (paper_id, number)
) STRICT;
INSERT INTO "editions" VALUES(1,1,1,'Leitgedanken','','Positionspapier','de','','2026-11-12','','<h2>Raum für alle</h2>
<p>Plätze gehören allen.</p>','073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a','2027-01-18T09:00:00.000000+00:00','','','','','',1);
CREATE TABLE erased_files (
  sha256     TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  type       TEXT NOT NULL,
  erased_at  TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE TABLE follow_ups (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id INTEGER NOT NULL REFERENCES rounds(id),
  day      TEXT NOT NULL,
  text     TEXT NOT NULL CHECK (text <> '' AND length(text) <= 600),
  entry    INTEGER NOT NULL REFERENCES audit(seq),
  UNIQUE (round_id, day, text)
) STRICT;
CREATE TABLE frozen_members (
  invitation_id INTEGER PRIMARY KEY REFERENCES invitations(id),
  key           TEXT NOT NULL,
  name          TEXT NOT NULL,
  official_name TEXT NOT NULL,
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  district      TEXT NOT NULL,
  country       TEXT NOT NULL,
  tags          TEXT NOT NULL,
  inhabitants   TEXT NOT NULL
) STRICT;
CREATE TABLE invitations (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  round_id   INTEGER NOT NULL REFERENCES rounds(id),
  member_id  INTEGER NOT NULL REFERENCES members(id),
  reference  TEXT NOT NULL UNIQUE,
  invited_at TEXT NOT NULL,
  UNIQUE (round_id, member_id)
) STRICT;
INSERT INTO "invitations" VALUES(1,1,1,'MZ-2027-0001','2027-01-18T09:00:00.000000+00:00');
INSERT INTO "invitations" VALUES(2,1,2,'MZ-2027-0002','2027-01-18T09:00:00.000000+00:00');
INSERT INTO "invitations" VALUES(3,1,3,'MZ-2027-0003','2027-01-18T09:00:00.000000+00:00');
INSERT INTO "invitations" VALUES(4,1,4,'MZ-2027-0004','2027-01-18T09:00:00.000000+00:00');
CREATE TABLE late_reviews (
  id            INTEGER PRIMARY KEY,
  answer_id     INTEGER NOT NULL REFERENCES answers(id),
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  note_accepted INTEGER NOT NULL CHECK (note_accepted IN (0, 1)),
  name_accepted INTEGER NOT NULL CHECK (name_accepted IN (0, 1)),
  reason        TEXT NOT NULL CHECK (length(reason) <= 1000),
  decided_at    TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  CHECK (accepted = 1 OR reason <> ''),
  CHECK (accepted = 1 OR (note_accepted = 0 AND name_accepted = 0))
) STRICT;
CREATE TABLE legal_texts (
  kind      TEXT NOT NULL CHECK (kind IN ('imprint', 'privacy', 'accessibility')),
  language  TEXT NOT NULL,
  markdown  TEXT NOT NULL,
  edited_at TEXT,
  PRIMARY KEY (kind, language)
) STRICT;
INSERT INTO "legal_texts" VALUES('imprint','de','# Impressum

[Vorlage: Füllen Sie aus, was in eckigen Klammern steht, und streichen Sie, was auf Ihren Verband nicht zutrifft, auch diesen Absatz.]

## Anbieter nach § 5 Digitale-Dienste-Gesetz

{name}\
{anschrift}

Telefon: {telefon}\
E-Mail: {email}

## Vertretung

Vertreten durch [Organ und Namen der vertretungsberechtigten Personen, zum Beispiel: den Vorstand, dieser vertreten durch …].

## Register

Eingetragen im [Vereinsregister] beim [Amtsgericht] unter der Nummer [Registernummer].\
Umsatzsteuer-Identifikationsnummer: [falls vorhanden]

[Nur für Körperschaften des öffentlichen Rechts: Rechtsgrundlage der Errichtung und zuständige Aufsichtsbehörde.]

## Verantwortlich für den Inhalt nach § 18 Absatz 2 Medienstaatsvertrag

{verantwortlich}\
{anschrift}

## Über die Positionspapiere

Die Positionspapiere geben die Haltung des Verbandes und derjenigen Kommunen wieder, die sie mitgezeichnet haben. Die Mitzeichnung ist eine öffentliche Unterstützung durch die Kommune. Sie ist kein Vertrag und keine qualifizierte elektronische Signatur.

## Bilder und Schriften

Schrift: Fira Sans, SIL Open Font License 1.1. Gestaltung auf der Grundlage von KERN, EUPL 1.2. Karte der Länder: svg-maps, Creative Commons Namensnennung 4.0.
',NULL);
INSERT INTO "legal_texts" VALUES('imprint','en','# Imprint

[Starter text: Fill in what is in square brackets, and delete what does not apply to your association, including this paragraph.]

## Provider under section 5 of the German Digital Services Act (DDG)

{name}\
{address}

Telephone: {telephone}\
E-mail: {email}

## Representation

Represented by [body and names of the persons entitled to represent the association, for example: the board, in turn represented by …].

## Register

Entered in the [register of associations] kept by the [local court] under number [register number].\
VAT identification number: [if any]

[Public-law bodies only: legal basis of establishment and competent supervisory authority.]

## Responsible for the content under section 18 (2) of the German Interstate Media Treaty (MStV)

{responsible}\
{address}

## About the position papers

The position papers state the view of the association and of those municipalities that have co-signed them. Co-signing is public support given by the municipality. It is neither a contract nor a qualified electronic signature.

## Images and fonts

Typeface: Fira Sans, SIL Open Font License 1.1. Design based on KERN, EUPL 1.2. Map of the German states: svg-maps, Creative Commons Attribution 4.0.
',NULL);
INSERT INTO "legal_texts" VALUES('privacy','de','# Datenschutz

[Vorlage: Sie beschreibt, welche Daten das Programm tatsächlich verarbeitet. Füllen Sie aus, was in eckigen Klammern steht, prüfen Sie den Text mit der oder dem Datenschutzbeauftragten und streichen Sie, was nicht zutrifft, auch diesen Absatz.]

## Verantwortlich

{name}\
{anschrift}\
{telefon}, {email}

Datenschutzbeauftragte oder Datenschutzbeauftragter: [Name oder Funktion, Anschrift, E-Mail-Adresse]

## Ihr Widerspruchsrecht

**Wenn wir Ihre Daten aufgrund eines berechtigten Interesses oder zur Erfüllung einer Aufgabe im öffentlichen Interesse verarbeiten, können Sie dem jederzeit aus Gründen widersprechen, die sich aus Ihrer besonderen Situation ergeben (Artikel 21 Absatz 1 DSGVO). Wir verarbeiten die Daten dann nicht mehr, es sei denn, es gibt zwingende schutzwürdige Gründe, oder wir brauchen sie für Rechtsansprüche. Eine Nachricht an {email} genügt.**

Ihre weiteren Rechte stehen am Ende dieser Seite.

## Wenn Sie diese Seiten nur lesen

Sie können die veröffentlichten Papiere lesen, ohne Angaben über sich zu machen. Die Seiten laden nichts von anderen Anbietern: Schriften, Bilder und Programmteile kommen von unserem eigenen Server. Eine Auswertung Ihres Besuchs findet nicht statt.

Der Webserver schreibt ein Zugriffsprotokoll mit Zeitpunkt, aufgerufener Adresse, Ergebnis, Datenmenge und gekürzter IP-Adresse. Es dient dem sicheren Betrieb und wird nach [7 Tagen] gelöscht. Persönliche Links stehen nicht darin. Rechtsgrundlage ist unser berechtigtes Interesse an einem sicheren Betrieb (Artikel 6 Absatz 1 Buchstabe f DSGVO) [bei öffentlichen Stellen: Artikel 6 Absatz 1 Buchstabe e DSGVO mit der einschlägigen Vorschrift].

## Cookies

Ein Cookie wird nur dort gesetzt, wo es technisch nötig ist: auf Seiten mit einem Formular, um es vor Missbrauch durch fremde Seiten zu schützen, und bei der Anmeldung der Geschäftsstelle. Es enthält keine Angaben über Ihr Verhalten und verfällt, wenn Sie den Browser schließen. Nur ein Gerät, an dem sich jemand aus der Geschäftsstelle angemeldet hat, wird ein Jahr lang wiedererkannt, damit Fehlversuche Fremder die Anmeldung nicht verhindern. Längere Texte, die Sie in ein Formular schreiben, hält der Browser fest, bis sie gespeichert sind, damit sie bei einem Fehler nicht verloren gehen: auf den Seiten der Kommunen nur bis zum Schließen des Tabs, bei der Geschäftsstelle höchstens sieben Tage und bis zum Abmelden. Eine Einwilligung ist dafür nicht erforderlich (§ 25 Absatz 2 Nummer 2 TDDDG).

## Mitgliederliste

Wir führen die Namen und Anschriften unserer Mitgliedskommunen und die Ansprechpersonen, die uns die Kommunen genannt haben: Name, Funktion und dienstliche E-Mail-Adresse. An diese Adressen schicken wir Einladungen, Empfangsbestätigungen und Nachrichten zu einem Mitzeichnungsverfahren. Zu jeder Nachricht halten wir fest, ob und wann der Mailserver sie angenommen hat. Den Text der versandten Nachrichten bewahren wir ohne die persönlichen Links auf. Wenn eine Nachricht zurückkommt oder Sie per E-Mail antworten, speichern wir die Rückmeldung oder Antwort mit ihren Anlagen. Ob Sie eine E-Mail geöffnet haben, erfassen wir nicht.

Rechtsgrundlage ist unser berechtigtes Interesse, unsere Mitglieder zu beteiligen (Artikel 6 Absatz 1 Buchstabe f DSGVO) [oder: die Satzung in Verbindung mit …].

## Wenn andere Sie genannt haben

Nicht alle Angaben erhalten wir von der Person selbst (Artikel 14 DSGVO):

- Ansprechpersonen nennt uns ihre Kommune: Name, Funktion, dienstliche E-Mail-Adresse.
- Wer eingeladen ist, kann die Aufgabe an eine Kollegin oder einen Kollegen weitergeben. Wir erhalten dann Name und E-Mail-Adresse dieser Person und eine Nachricht an sie, wenn eine geschrieben wird. Sie bekommt eine E-Mail mit einem eigenen Link; die Kommune sieht, an wen weitergegeben wurde.
- Wer das Formular ausfüllt, nennt die Person, die für die Kommune unterzeichnet: Titel, Name, Funktion.

Zweck, Rechtsgrundlage, Empfänger und Dauer sind dieselben wie bei den übrigen Angaben auf dieser Seite, und Sie haben dieselben Rechte.

## Rückmeldung einer Kommune

Wenn eine Kommune eine Rückmeldung abgibt, verarbeiten wir:

- die Rückmeldung selbst und den Zeitpunkt ihres Eingangs,
- bei einer Mitzeichnung die amtliche Bezeichnung der Kommune, Titel, Name und Funktion der unterzeichnenden Person, die Grundlage mit den Angaben zum Beschluss und eine Protokollnotiz, falls es eine gibt,
- bei einer Ablehnung den Grund, falls er genannt wird,
- bei einem ausstehenden Beschluss Gremium und Tag der Sitzung,
- Name, Dienststelle und E-Mail-Adresse der Person, die das Formular ausgefüllt hat,
- bei einer Rückmeldung per Brief, Telefon, E-Mail oder in der Versammlung den Weg, den Tag, eine Notiz dazu und, wenn vorhanden, einen Scan des Schreibens. Scans werden nie veröffentlicht.

Unsere Geschäftsstelle kann zu einer Kommune Vermerke schreiben, zum Beispiel über ein Telefonat. Sie sieht nur die Geschäftsstelle.

Zweck ist, die Rückmeldung der Kommune zuzuordnen, sie zu bestätigen und das Ergebnis nachweisen zu können. Wenn eine Rückmeldung geändert oder zurückgenommen wird, bleiben die früheren Versionen erhalten; es zählt die letzte. Eine IP-Adresse oder Angaben zu Ihrem Gerät speichern wir in der Datenbank nicht.

Rechtsgrundlage ist unser berechtigtes Interesse an einem nachvollziehbaren Verfahren (Artikel 6 Absatz 1 Buchstabe f DSGVO) [bei öffentlichen Stellen: Artikel 6 Absatz 1 Buchstabe e DSGVO mit der einschlägigen Vorschrift]. Die Angaben sind freiwillig. Ohne sie können wir die Rückmeldung einer Kommune nicht annehmen.

## Was veröffentlicht wird

Mit dem Papier veröffentlichen wir, welche Kommunen mitgezeichnet haben, je nach Verfahren mit der Grundlage, dem Tag und einer angenommenen Protokollnotiz. Name und Funktion der unterzeichnenden Person erscheinen nur, wenn dem ausdrücklich zugestimmt wurde (Artikel 6 Absatz 1 Buchstabe a DSGVO). Diese Einwilligung kann jederzeit mit Wirkung für die Zukunft widerrufen werden; die Mitzeichnung der Kommune bleibt davon unberührt.

Nie veröffentlicht werden Ablehnungen, ihre Gründe, ausstehende oder fehlende Rückmeldungen und die Person, die das Formular ausgefüllt hat.

## Verlauf

Jede Änderung wird in einem Verlauf festgehalten: was geschehen ist, wann und durch wen (Geschäftsstelle, Link oder Programm). Einträge lassen sich nachträglich nicht unbemerkt verändern. Persönliche Angaben stehen in einem gesonderten Teil, der gelöscht werden kann, ohne dass der Verlauf seine Beweiskraft verliert.

## Konten der Geschäftsstelle

Für die Beschäftigten unserer Geschäftsstelle speichern wir Name, E-Mail-Adresse, Rechte, das Passwort in einer nicht umkehrbaren Form, den zweiten Faktor (Authentifizierungs-App oder Passkey mit dem Namen des Geräts) sowie zu jeder Sitzung Beginn, letzte Nutzung, Ende und eine kurze Bezeichnung des Geräts, zum Beispiel „Firefox, Windows“. Was ein Konto ändert, steht im Verlauf. Fehlgeschlagene Anmeldungen werden gezählt; um das Erraten von Passwörtern zu erschweren, hält das Programm zudem die IP-Adresse für kurze Zeit im Arbeitsspeicher.

## Wer die Daten erhält

Zugriff hat unsere Geschäftsstelle. Die Anwendung läuft auf einem Server von [Betreiber und Ort]; E-Mails gehen über [Anbieter des Mailservers]. [Mit den genannten Dienstleistern bestehen Verträge zur Auftragsverarbeitung nach Artikel 28 DSGVO.] Weitere Stellen erhalten die Daten nicht; eine Übermittlung in Länder außerhalb der Europäischen Union findet nicht statt. [Bitte prüfen.]

## Wie lange wir Daten aufbewahren

Einmal am Tag löschen wir, was älter ist als seine Frist:

{fristen}

- Links lassen nach dem Ende der Frist keine Rückmeldung mehr zu, außer wenn Nachzeichnungen vorgesehen sind. Sie werden {linkfrist} nach der Veröffentlichung ungültig; bei Verfahren mit Nachzeichnung {linkfrist} nach deren Ende. Wenn ein Verfahren abgebrochen oder ohne Veröffentlichung beendet wird, führen sie nur noch zur Auskunft darüber.
- Ansprechpersonen schreiben wir nicht mehr an, sobald die Kommune uns mitteilt, dass sie nicht mehr zuständig sind; Konten unserer Geschäftsstelle sperren wir beim Ausscheiden. Damit beginnt jeweils die Frist.
- Papier und Liste der Mitzeichnungen bleiben als Archiv dauerhaft veröffentlicht. Die Rückmeldungen der Kommunen und der Verlauf ohne persönliche Einzelheiten bleiben als Nachweis.
- Sicherungskopien überschreiben wir nach [… Wochen].

## Ihre Rechte

Sie haben das Recht auf Auskunft (Artikel 15 DSGVO), Berichtigung (Artikel 16), Löschung (Artikel 17), Einschränkung der Verarbeitung (Artikel 18) und Datenübertragbarkeit (Artikel 20). Ihr Widerspruchsrecht (Artikel 21) steht am Anfang dieser Seite. Bitte wenden Sie sich an die dort genannte Stelle.

Außerdem können Sie sich bei einer Aufsichtsbehörde beschweren. Für uns zuständig ist [Name und Anschrift der Aufsichtsbehörde].

Eine automatisierte Entscheidung im Einzelfall oder ein Profiling findet nicht statt.

Stand: [Monat und Jahr]
',NULL);
INSERT INTO "legal_texts" VALUES('privacy','en','# Privacy

[Starter text: It describes the data that the software really processes. Fill in what is in square brackets, have the text checked by your data protection officer, and delete what does not apply, including this paragraph.]

## Controller

{name}\
{address}\
{telephone}, {email}

Data protection officer: [name or function, address, e-mail address]

## Your right to object

**Where we process your data on the basis of a legitimate interest or for a task in the public interest, you may object at any time on grounds relating to your particular situation (Article 21 (1) GDPR). We then no longer process the data, unless there are compelling legitimate grounds or we need them for legal claims. A message to {email} is enough.**

Your other rights are at the end of this page.

## If you only read these pages

You can read the released papers without telling us anything about yourself. The pages load nothing from other providers: fonts, images and scripts come from our own server. Your visit is not analysed.

The web server keeps an access log with the time, the address requested, the result, the amount of data and a shortened IP address. It serves secure operation and is deleted after [7 days]. Access links do not appear in it. The legal basis is our legitimate interest in secure operation (Article 6 (1) (f) GDPR) [public bodies: Article 6 (1) (e) GDPR with the relevant provision].

## Cookies

A cookie is set only where it is technically necessary: on pages with a form, to protect it against abuse by other sites, and when our office logs in. It says nothing about your behaviour and expires when you close your browser. Only a device on which somebody of our office has logged in is recognized for a year, so that failed attempts of strangers do not prevent the login. Your browser keeps longer texts that you type into a form until they are saved, so that an error does not lose them: on the pages of the municipalities until the tab is closed, at our office for at most seven days and until the logout. No consent is needed for this (section 25 (2) no. 2 of the German TDDDG).

## Member list

We keep the names and addresses of our member municipalities and the representatives they have named to us: name, function and official e-mail address. To these addresses we send invitations, receipts and messages about a co-signing round. For each message we record whether and when the mail server accepted it. We keep the text of sent messages without the personal links. If a message comes back, or if you reply by e-mail, we store the report or the reply with its attachments. We do not record whether you opened an e-mail.

The legal basis is our legitimate interest in involving our members (Article 6 (1) (f) GDPR) [or: our statutes in connection with …].

## If others have named you

We do not receive all data from the person concerned (Article 14 GDPR):

- Representatives are named by their municipality: name, function, official e-mail address.
- Whoever is invited may pass the task on to a colleague. We then receive the name and e-mail address of this person, and a message to them if one is written. They get an e-mail with a link of their own; the municipality sees to whom the task was passed on.
- Whoever fills in the form names the person who signs for the municipality: title, name, function.

Purpose, legal basis, recipients and periods are the same as for the other data on this page, and you have the same rights.

## A municipality’s answer

When a municipality answers, we process:

- the answer itself and the time we received it,
- with a signature: the official name of the municipality, title, name and function of the person signing, the basis with details of the decision, and a note if there is one,
- with a refusal: the reason, if one is given,
- with a pending decision: the body and the day of the sitting,
- name, unit and e-mail address of the person who filled in the form,
- with an answer by letter, telephone, e-mail or at the assembly: the way, the day, a note about it and, if there is one, a scan of the letter. Scans are never published.

Our office may write remarks about a municipality, for example about a telephone call. Only the office sees them.

The purpose is to attribute the answer to the municipality, to confirm it, and to be able to prove the result. If an answer is changed or withdrawn, the earlier versions are kept; the last one counts. We do not store IP addresses or details of your device in the database.

The legal basis is our legitimate interest in a traceable procedure (Article 6 (1) (f) GDPR) [public bodies: Article 6 (1) (e) GDPR with the relevant provision]. Giving these details is voluntary. Without them we cannot accept a municipality’s answer.

## What is published

With the paper we publish which municipalities have co-signed it and, depending on the round, the basis, the day and a note that we have accepted. Name and function of the person signing appear only with express consent (Article 6 (1) (a) GDPR). This consent may be withdrawn at any time for the future; the municipality’s signature is not affected.

Refusals, their reasons, pending or missing answers, and the person who filled in the form are never published.

## Journal

Every change is recorded in a journal: what happened, when, and by whom (our office, an access link or the software). Entries cannot be altered later without this being noticed. Personal details are kept in a separate part which can be erased without weakening the journal as evidence.

## Accounts of our office

For the staff of our office we store name, e-mail address, permissions, the password in a form that cannot be reversed, the second factor (authenticator app or passkey with the name of the device) and for each session its beginning, last use, end and a short name of the device, such as “Firefox, Windows”. What an account changes is in the journal. Failed logins are counted; to make guessing passwords harder, the software also holds the IP address in memory for a short time.

## Who receives the data

Our office has access. The application runs on a server of [operator and place]; e-mails are sent through [provider of the mail server]. [Data processing agreements under Article 28 GDPR are in place with these providers.] Nobody else receives the data, and none is transferred to countries outside the European Union. [Please check.]

## How long we keep data

Once a day we delete what is older than its period:

{periods}

- After the deadline, personal links no longer allow an answer, unless late signatures are provided for. They become invalid {link_period} after release; in rounds with late signatures {link_period} after these end. If a round is cancelled or ended without publication, they only lead to the information about that.
- We stop writing to representatives as soon as the municipality tells us that they are no longer responsible; accounts of our office are disabled when people leave. This begins the period.
- The paper and the list of signatories remain published as an archive. The answers of the municipalities and the journal without personal details remain as evidence.
- Backups are overwritten after [… weeks].

## Your rights

You have the right of access (Article 15 GDPR), to rectification (Article 16), to erasure (Article 17), to restriction of processing (Article 18) and to data portability (Article 20). Your right to object (Article 21) is at the beginning of this page. Please contact the controller named there.

You may also lodge a complaint with a supervisory authority. The authority responsible for us is [name and address].

There is no automated individual decision-making and no profiling.

As of: [month and year]
',NULL);
INSERT INTO "legal_texts" VALUES('accessibility','de','# Barrierefreiheit

[Vorlage: Füllen Sie aus, was in eckigen Klammern steht, lassen Sie Ihren Auftritt prüfen oder prüfen Sie ihn selbst, und streichen Sie diesen Absatz.]

## Geltungsbereich

Diese Erklärung gilt für die Webseiten unter {auftritt} und für die dort veröffentlichten PDF-Dateien. Herausgeber ist {name}. Maßstab sind [§ 12a BGG oder die Vorschrift Ihres Landes], die Barrierefreie-Informationstechnik-Verordnung (BITV 2.0) und die Norm EN 301 549.

## Stand der Vereinbarkeit

Dieser Auftritt ist mit den genannten Anforderungen [eine der drei zulässigen Aussagen: vollständig / teilweise / nicht] vereinbar.

Bei der Entwicklung des Programms wurde darauf geachtet, dass

- alle Seiten ohne JavaScript und allein mit der Tastatur bedient werden können,
- jede Seite eine Überschrift, jedes Feld eine Beschriftung und jede Fehlermeldung einen Verweis auf ihr Feld hat,
- die Seiten bei 320 Pixel Breite und bei einer Vergrößerung auf 400 % lesbar bleiben,
- Farbe nie das einzige Merkmal ist und Kontraste ausreichen,
- PDF-Dateien ausgezeichnet sind und als PDF/UA-1 und PDF/A-3a erzeugt werden.

Einen Teil davon prüfen automatische Tests bei jeder Änderung des Programms.

## Inhalte, die nicht oder noch nicht barrierefrei sind

- Mit Bildschirmleseprogrammen wurde der Auftritt bisher nicht umfassend erprobt.
- In PDF-Dateien kann ein Absatz, eine Liste oder eine Tabelle, die über eine Seite hinausgeht, im Aufbau der Datei auf mehrere Teile verteilt sein.
- Erläuterungen in Leichter Sprache und in Deutscher Gebärdensprache gibt es [noch nicht].
- [Weitere Einschränkungen, die Ihnen bekannt sind.]

## Wie diese Erklärung entstanden ist

Diese Erklärung wurde am [Tag] erstellt. Grundlage ist [eine Selbstbewertung / eine Prüfung durch …]. Zuletzt überprüft wurde sie am [Tag].

## Barriere melden

Wenn Sie auf eine Barriere gestoßen sind oder einen Inhalt in einer anderen Form brauchen, schreiben Sie uns bitte oder rufen Sie an: {name}, {email}, {telefon}. Wir antworten innerhalb von [vier Wochen]. Eine Rückmeldung zu einem Positionspapier nehmen wir auch per Brief entgegen.

## Schlichtung

[Nur für öffentliche Stellen: Wenn Sie von uns keine zufriedenstellende Antwort erhalten, können Sie sich an die zuständige Durchsetzungs- oder Schlichtungsstelle wenden: Name, Anschrift, Telefonnummer, E-Mail-Adresse. Das Verfahren ist kostenlos; einen Rechtsbeistand brauchen Sie nicht.]
',NULL);
INSERT INTO "legal_texts" VALUES('accessibility','en','# Accessibility

[Starter text: Fill in what is in square brackets, have your site tested or assess it yourself, and delete this paragraph.]

## Scope

This statement applies to the web pages at {site} and to the PDF files published there. The publisher is {name}. The standards are [section 12a of the German BGG or the law of your state], the German accessibility regulation BITV 2.0 and EN 301 549.

## Conformance

This site is [one of the three permitted statements: fully / partially / not] compliant with these requirements.

The software was developed so that

- every page can be used without JavaScript and by keyboard alone,
- every page has a heading, every field a label, and every error message a link to its field,
- the pages remain readable at a width of 320 pixels and at 400 % zoom,
- colour is never the only signal, and contrasts are sufficient,
- PDF files are tagged, and produced as PDF/UA-1 and PDF/A-3a.

Some of this is checked by automatic tests whenever the software changes.

## Content that is not, or not yet, accessible

- The site has not been tried out thoroughly with screen readers so far.
- In PDF files, a paragraph, list or table that runs over a page may be split into several parts in the structure of the file.
- Explanations in easy-to-read language and in sign language are [not available yet].
- [Further limitations that you know of.]

## How this statement was prepared

This statement was prepared on [day]. It is based on [a self-assessment / a test by …]. It was last reviewed on [day].

## Report a barrier

Have you met a barrier, or do you need content in another form? Please write or call: {name}, {email}, {telephone}. We answer within [four weeks]. We also accept an answer to a position paper by letter.

## Enforcement

[Public bodies only: If our answer does not satisfy you, you can turn to the competent enforcement or conciliation body: name, address, telephone number, e-mail address. The procedure is free of charge; you do not need a lawyer.]
',NULL);
CREATE TABLE letters (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  kind          TEXT NOT NULL CHECK (kind IN ('invitation', 'reminder', 'extended', 'closed')),
  sent_on       TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  UNIQUE (invitation_id, sent_on)
) STRICT;
CREATE TABLE link_requests (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  email        TEXT NOT NULL,
  requested_at TEXT NOT NULL
) STRICT;
CREATE TABLE links (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  invitation_id     INTEGER NOT NULL REFERENCES invitations(id),
  public_id         TEXT NOT NULL UNIQUE CHECK (length(public_id) = 22),
  generation        INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0),
  representative_id INTEGER REFERENCES representatives(id),
  name              TEXT NOT NULL,
  email             TEXT NOT NULL,
  language          TEXT NOT NULL,
  created_at        TEXT NOT NULL,
  ended_at          TEXT,
  delegated_by      INTEGER REFERENCES links(id),
  unit              TEXT NOT NULL DEFAULT '',
  message           TEXT NOT NULL DEFAULT '' CHECK (length(message) <= 1000),
  may_answer        INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1)),
  prepared          TEXT NOT NULL DEFAULT '',
  ended_with_giver  INTEGER NOT NULL DEFAULT 0 CHECK (ended_with_giver IN (0, 1))
) STRICT;
INSERT INTO "links" VALUES(1,1,'BmpoIl-r2vzBeIDOPalHHA',1,1,'Büro Musterhausen','buergermeisterin@musterhausen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(2,1,'ZAqzsPFsY6UsiUmscRVzTA',1,2,'Büro Musterhausen','buero@musterhausen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(3,2,'XtMO1pr9a2_6mAsKSQwprw',1,3,'Büro Beispielstadt','rathaus@beispielstadt.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(4,3,'xF0NkkamBRSglo-Fk1Ce6g',1,4,'Büro Ähringen','markt@aehringen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(5,4,'jl_AKTJ7B5iTt0YW-1ahow',1,5,'Büro Briefdorf','','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
CREATE TABLE log_leaves (
  position INTEGER PRIMARY KEY,
  leaf     BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32)
) STRICT;
CREATE TABLE login_failures (
  email_digest TEXT NOT NULL,
  cause        TEXT NOT NULL,
  failures     INTEGER NOT NULL,
  last_at      TEXT NOT NULL,
  PRIMARY KEY (email_digest, cause)
) STRICT, WITHOUT ROWID;
CREATE TABLE logos (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  png    BLOB NOT NULL,
  width  INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0)
) STRICT;
CREATE TABLE mail_attachments (
  kind       TEXT NOT NULL,
  attachment TEXT NOT NULL CHECK (attachment IN ('draft', 'calendar')),
  PRIMARY KEY (kind, attachment)
) STRICT;
CREATE TABLE mail_texts (
  kind      TEXT NOT NULL,
  language  TEXT NOT NULL,
  subject   TEXT NOT NULL,
  greeting  TEXT NOT NULL,
  opening   TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (kind, language)
) STRICT;
CREATE TABLE mailbox_reading (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  read_at TEXT NOT NULL,
  problem TEXT NOT NULL,
  facts   TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;
CREATE TABLE member_files (
  digest      TEXT PRIMARY KEY CHECK (length(digest) = 64),
  name        TEXT NOT NULL,
  content     TEXT NOT NULL CHECK (json_valid(content)),
  uploaded_at TEXT NOT NULL
) STRICT;
CREATE TABLE member_headings (
  heading TEXT PRIMARY KEY,
  field   TEXT NOT NULL
) STRICT;
CREATE TABLE members (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE CHECK (key <> ''),
  name          TEXT NOT NULL CHECK (name <> ''),
  official_name TEXT NOT NULL CHECK (official_name <> ''),
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  district      TEXT NOT NULL DEFAULT '',
  country       TEXT NOT NULL,
  language      TEXT NOT NULL,
  tags          TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  inhabitants   TEXT NOT NULL DEFAULT '' CHECK (inhabitants NOT GLOB '*[^0-9]*'),
  street        TEXT NOT NULL DEFAULT '',
  postal_code   TEXT NOT NULL DEFAULT '',
  city          TEXT NOT NULL DEFAULT '',
  mail_without_link TEXT NOT NULL DEFAULT '' CHECK (mail_without_link IN ('', 'yes')),
  archived_at   TEXT
) STRICT;
INSERT INTO "members" VALUES(1,'01','Musterhausen','Stadt Musterhausen','Stadt','Hessen','','DE','de','["voll"]','','','','','',NULL);
INSERT INTO "members" VALUES(2,'02','Beispielstadt','Große Kreisstadt Beispielstadt','Stadt','Sachsen','','DE','de','["voll"]','','','','','',NULL);
INSERT INTO "members" VALUES(3,'03','Ähringen','Markt Ähringen','Stadt','Bayern','','DE','de','["voll"]','','','','','',NULL);
INSERT INTO "members" VALUES(4,'04','Briefdorf','Gemeinde Briefdorf','Stadt','Hessen','','DE','de','["voll"]','','','','','',NULL);
INSERT INTO "members" VALUES(5,'99','Nirgendwo','Stadt Nirgendwo','Stadt','Hessen','','DE','de','["gast"]','','','','','',NULL);
CREATE TABLE objections (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  answer_id     INTEGER NOT NULL REFERENCES answers(id),
  link_id       INTEGER NOT NULL REFERENCES links(id),
  text          TEXT NOT NULL CHECK (length(text) <= 1000),
  objected_at   TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  settled_at    TEXT,
  settled_by    TEXT NOT NULL DEFAULT '',
  CHECK ((settled_at IS NULL) = (settled_by = ''))
) STRICT;
CREATE TABLE office_decisions (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  field         TEXT NOT NULL CHECK (field IN ('note', 'name')),
  text          TEXT NOT NULL,
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  decided_at    TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  reason        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE office_notes (
  id            INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  text          TEXT NOT NULL CHECK (text <> '' AND length(text) <= 2000),
  author        TEXT NOT NULL CHECK (author <> ''),
  written_at    TEXT NOT NULL,
  form_key      TEXT NOT NULL,
  UNIQUE (invitation_id, form_key)
) STRICT;
CREATE TABLE outages (
  server      TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL CHECK (failures > 0),
  since       TEXT NOT NULL,
  next_try_at TEXT NOT NULL,
  fault       TEXT NOT NULL,
  stage       TEXT NOT NULL,
  diagnostic  TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
  id             INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,
  link_id        INTEGER REFERENCES links(id),
  number         INTEGER NOT NULL,
  enqueued_at    TEXT NOT NULL,
  attempts       INTEGER NOT NULL DEFAULT 0,
  next_try_at    TEXT NOT NULL,
  claimed_by     TEXT,
  sent_at        TEXT,
  failed_at      TEXT,
  bounced_at     TEXT,
  error          TEXT NOT NULL DEFAULT '',
  account_id     INTEGER REFERENCES accounts(id),
  application_id INTEGER REFERENCES applications(id) ON DELETE CASCADE,
  delayed_at     TEXT,
  autoreplied_at TEXT,
  email          TEXT NOT NULL DEFAULT '',
  in_folder      INTEGER NOT NULL DEFAULT 0 CHECK (in_folder IN (0, 1) AND (in_folder = 0 OR failed_at IS NOT NULL)),
  server         TEXT NOT NULL DEFAULT '',
  primary_id     INTEGER REFERENCES outbox(id) CHECK (primary_id <> id),
  returned_at    TEXT,                     -- when something came back to it, whatever it was
  returned_text  TEXT NOT NULL DEFAULT '', -- an extract of what came back
  UNIQUE (kind, link_id, number),
  CHECK ((link_id IS NOT NULL) + (account_id IS NOT NULL) + (application_id IS NOT NULL) = 1)
) STRICT;
INSERT INTO "outbox" VALUES(1,'invitation',1,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'buergermeisterin@musterhausen.example',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(2,'invitation',2,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'buero@musterhausen.example',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(3,'invitation',3,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'rathaus@beispielstadt.example',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(4,'invitation',4,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'markt@aehringen.example',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(5,'receipt',3,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(6,'extended',1,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(7,'extended',2,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(8,'extended',3,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'');
INSERT INTO "outbox" VALUES(9,'extended',4,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'');
CREATE TABLE papers (
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE CHECK (slug <> ''),
  created_at TEXT NOT NULL
) STRICT;
INSERT INTO "papers" VALUES(1,'leitgedanken','2027-01-18T09:00:00.000000+00:00');
CREATE TABLE passkey_challenges (
  login_id   TEXT PRIMARY KEY,
  challenge  TEXT NOT NULL CHECK (challenge <> ''),
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE passkeys (
  id            INTEGER PRIMARY KEY,
  account_id    INTEGER NOT NULL REFERENCES accounts(id),
  credential_id TEXT NOT NULL UNIQUE CHECK (credential_id <> ''),
  public_key    TEXT NOT NULL,
  sign_count    INTEGER NOT NULL,
  name          TEXT NOT NULL,
  added_at      TEXT NOT NULL,
  used_at       TEXT
) STRICT;
CREATE TABLE password_reset_requests (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  email_digest TEXT NOT NULL,
  account_id   INTEGER REFERENCES accounts(id),
  generation   INTEGER NOT NULL,
  requested_at TEXT NOT NULL
) STRICT;
CREATE TABLE past_answers (
  member_id INTEGER NOT NULL REFERENCES members(id),
  title     TEXT NOT NULL CHECK (title <> ''),
  year      INTEGER NOT NULL,
  kind      TEXT CHECK (kind IN ('sign', 'decline', 'not_competent')),
  PRIMARY KEY (member_id, title, year)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending_logins (
  id         TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  started_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE pictures (
  sha256  TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  kind    TEXT NOT NULL CHECK (kind IN ('png', 'jpg')),
  content BLOB NOT NULL
) STRICT;
CREATE TABLE prints (
  id              INTEGER PRIMARY KEY,
  round_id        INTEGER REFERENCES rounds(id),
  edition_id      INTEGER REFERENCES editions(id), -- of a trial print, which has no round
  digest          TEXT NOT NULL DEFAULT '',        -- of the text that a trial print shows
  opening         TEXT NOT NULL DEFAULT '',        -- JSON: members and terms of a trial print with a list
  content_digest  TEXT NOT NULL DEFAULT '',        -- of its text, list and terms
  kind            TEXT NOT NULL CHECK (kind IN ('trial', 'draft', 'final', 'addendum', 'edition')),
  number          INTEGER NOT NULL,
  entry           INTEGER NOT NULL REFERENCES audit(seq),
  enqueued_at     TEXT NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_try_at     TEXT NOT NULL,
  claimed_by      TEXT,
  printed_at      TEXT,
  sha256          TEXT NOT NULL DEFAULT '',
  size            INTEGER NOT NULL DEFAULT 0,
  pages           INTEGER NOT NULL DEFAULT 0,
  failed_at       TEXT,
  error           TEXT NOT NULL DEFAULT '',
  timestamp       INTEGER NOT NULL DEFAULT 1 CHECK (timestamp IN (0, 1)),
  plain           INTEGER NOT NULL DEFAULT 0 CHECK (plain IN (0, 1)), -- the list in lines instead of tables
  unsealed_sha256 TEXT NOT NULL DEFAULT '',
  seal            TEXT NOT NULL DEFAULT '' CHECK (seal IN ('', 'B-B', 'B-LTA')),
  progress        INTEGER NOT NULL DEFAULT 0 CHECK (progress >= 0),
  UNIQUE (round_id, kind, number),
  UNIQUE (edition_id, number),
  CHECK ((kind = 'trial') = (round_id IS NULL)),
  CHECK ((kind = 'trial') = (edition_id IS NOT NULL)),
  CHECK ((kind = 'trial') = (length(digest) = 64)),
  CHECK (opening = '' OR kind = 'trial'),
  CHECK ((opening = '') = (content_digest = ''))
) STRICT;
INSERT INTO "prints" VALUES(1,NULL,1,'073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a','{"tags": ["voll"], "members": [], "terms": {"public": false, "progress": "none", "signers": true, "functions": true, "basis": true, "dates": true, "signing_dates": true, "keys": false, "inhabitants": false, "inhabitants_as_of": "", "notes": true, "late": false, "applications": false, "layout": "state", "first_tag": "", "reminders": [21, 7, 2], "introductions": {}, "tags": [], "individual": false}}','216c638c87a5c7374b4bc515c48830d155bc8b598dd68a63c8cf77ba0d3064f8','trial',1,3,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00','0000000000000000000000000000000000000000000000000000000000000000',1,1,NULL,'',0,0,'','',0);
INSERT INTO "prints" VALUES(2,1,NULL,'','','','draft',1,4,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00','86273a6566330a86ef9c9c80a6abf6468e6a09c740fe06e4d4796384de23eba8',1380,1,NULL,'',1,0,'','',0);
INSERT INTO "prints" VALUES(3,1,NULL,'','','','draft',2,7,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,'',0,0,NULL,'',1,0,'','',0);
CREATE TABLE recovery_codes (
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  created_at TEXT NOT NULL,
  used_at    TEXT,
  PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE refusals (
  message_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  server     TEXT NOT NULL,
  is_final   INTEGER NOT NULL CHECK (is_final IN (0, 1)),
  diagnostic TEXT NOT NULL
) STRICT;
CREATE TABLE releases (
  id                INTEGER PRIMARY KEY,
  round_id          INTEGER NOT NULL REFERENCES rounds(id),
  number            INTEGER NOT NULL CHECK (number > 0),
  sha256            TEXT NOT NULL CHECK (length(sha256) = 64),
  size              INTEGER NOT NULL,
  pages             INTEGER NOT NULL,
  as_of             TEXT NOT NULL,
  released_at       TEXT NOT NULL,
  published_at      TEXT,
  retracted_at      TEXT,
  retraction_reason TEXT NOT NULL DEFAULT '',
  planned_at        TEXT,
  successor         TEXT NOT NULL DEFAULT '',
  removed_at        TEXT CHECK (removed_at IS NULL OR retracted_at IS NOT NULL),
  kind              TEXT NOT NULL DEFAULT 'final' CHECK (kind IN ('final', 'addendum', 'edition')),
  entry             INTEGER NOT NULL DEFAULT 0,
  UNIQUE (round_id, number)
) STRICT;
CREATE TABLE reminders (
  id              INTEGER PRIMARY KEY,
  link_id         INTEGER NOT NULL REFERENCES links(id),
  number          INTEGER NOT NULL,
  day             TEXT NOT NULL,
  covered_until   TEXT NOT NULL,
  decided_at      TEXT NOT NULL,
  CHECK (covered_until >= day)
) STRICT;
CREATE TABLE replies (
  id              INTEGER PRIMARY KEY,
  invitation_id   INTEGER NOT NULL REFERENCES invitations(id),
  link_id         INTEGER REFERENCES links(id),
  sender          TEXT NOT NULL,
  sender_name     TEXT NOT NULL,
  subject         TEXT NOT NULL,
  text            TEXT NOT NULL, -- without the quoted mail
  whole_text      TEXT NOT NULL,
  attachments     TEXT NOT NULL CHECK (json_valid(attachments)),
  sha256          TEXT NOT NULL CHECK (length(sha256) = 64),
  size            INTEGER NOT NULL CHECK (size > 0),
  received_at     TEXT NOT NULL,
  is_known_sender INTEGER NOT NULL CHECK (is_known_sender IN (0, 1)),
  answer_id       INTEGER REFERENCES answers(id),
  settled_at      TEXT,
  settled_by      TEXT NOT NULL DEFAULT '',
  UNIQUE (invitation_id, sha256),
  CHECK ((settled_at IS NULL) = (settled_by = '')),
  CHECK (answer_id IS NULL OR settled_at IS NOT NULL)
) STRICT;
CREATE TABLE representatives (
  id          INTEGER PRIMARY KEY,
  member_id   INTEGER NOT NULL REFERENCES members(id),
  name        TEXT NOT NULL,
  function    TEXT NOT NULL,
  email       TEXT NOT NULL,
  language    TEXT NOT NULL,
  archived_at TEXT,
  may_answer  INTEGER NOT NULL DEFAULT 1 CHECK (may_answer IN (0, 1)),
  UNIQUE (member_id, email)
) STRICT;
INSERT INTO "representatives" VALUES(1,1,'Büro Musterhausen','Leitung','buergermeisterin@musterhausen.example','',NULL,1);
INSERT INTO "representatives" VALUES(2,1,'Büro Musterhausen','Leitung','buero@musterhausen.example','',NULL,1);
INSERT INTO "representatives" VALUES(3,2,'Büro Beispielstadt','Leitung','rathaus@beispielstadt.example','',NULL,1);
INSERT INTO "representatives" VALUES(4,3,'Büro Ähringen','Leitung','markt@aehringen.example','',NULL,1);
INSERT INTO "representatives" VALUES(5,4,'Büro Briefdorf','Leitung','','',NULL,1);
INSERT INTO "representatives" VALUES(6,5,'Büro Nirgendwo','Leitung','niemand@nirgendwo.example','',NULL,1);
CREATE TABLE retention (
  kind   TEXT PRIMARY KEY,
  months INTEGER CHECK (months BETWEEN 1 AND 120)
) STRICT;
CREATE TABLE rounds (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  edition_id   INTEGER NOT NULL REFERENCES editions(id),
  opened_at    TEXT,
  announced_from TEXT,
  deadline     TEXT,
  deadline_set_at TEXT,
  deadline_before TEXT,
  extensions   INTEGER NOT NULL DEFAULT 0,
  closed_at    TEXT,
  cancelled_at TEXT,
  closing_reason TEXT NOT NULL DEFAULT '', -- why it was closed before its deadline
  ending_reason TEXT NOT NULL DEFAULT '', -- why it was ended without publication
  terms        TEXT NOT NULL CHECK (json_valid(terms)),
  target       INTEGER CHECK (target > 0),
  late_until   TEXT,
  CHECK ((opened_at IS NULL) = (deadline IS NULL)),
  CHECK (deadline > opened_at),
  CHECK (closed_at IS NULL OR closed_at >= opened_at),
  CHECK (closed_at IS NULL OR cancelled_at IS NULL OR ending_reason <> ''),
  CHECK (closing_reason = '' OR closed_at < deadline),
  CHECK (ending_reason = '' OR cancelled_at IS NOT NULL)
) STRICT;
INSERT INTO "rounds" VALUES(1,1,'2027-01-18T09:00:00.000000+00:00','2027-01-18T09:00:00.000000+00:00','2027-04-07T22:00:00.000000+00:00','2027-01-19T09:00:00.000000+00:00','2027-03-31T22:00:00.000000+00:00',1,NULL,NULL,'','','{"public": false, "progress": "none", "signers": true, "functions": true, "basis": true, "dates": true, "signing_dates": true, "keys": false, "inhabitants": false, "inhabitants_as_of": "", "notes": true, "late": false, "applications": false, "layout": "state", "first_tag": "", "reminders": [21, 7, 2], "introductions": {}, "tags": ["voll"], "individual": false}',NULL,NULL);
CREATE TABLE saved_views (
  id         INTEGER PRIMARY KEY,
  list       TEXT NOT NULL CHECK (list IN ('members', 'round_members')),
  account_id INTEGER REFERENCES accounts (id),
  name       TEXT NOT NULL,
  query      TEXT NOT NULL  -- of the address: filters, sort order, columns
) STRICT;
CREATE TABLE sent_mails (
  message_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  content    BLOB NOT NULL
) STRICT;
INSERT INTO "sent_mails" VALUES(1,X'789CBD59DD72D348167E9533A6B6066A2C5B727E914D06A800C342C25402CC16988B96D5B27B2C757BBA5B71126AAA7887ADDAABAD5D2E7806AEB8C26FC293EC392D29B19D8408C6B5A954124BA7CFCF777EFBE46D83674CA48D101A51CEF590EB8C0B63B916F26E96D31F23961B2E5BFC98659394379AD0187116736DF0CCEBD78D3D6E0C1B72EFF12EBDEA0979242CB342C9D6164B82ED20180CF8C6F65A12AFB582967F375503968E94B13B8D374D78DDD865D6F1DC53B209C136FC9D49E8F89D2D08FCD0A76FF8C90F7CBF207EA85546C4FDC6A19D7D882D4F94CE3398FD2B49B8B4A9188CB88603868F780B5EB6FA0DE865C29E727C217339BC6B2CE3D5A9CAA0528FE78A18DF9F7DD20AF6E6EC865E2D584A2E077C929E7805AF47DC0C46B30F8935489EA6BCBE2E8779F43B1F58A79030B016B4606FF6419F3A604238987D1A8C339EC6C806B88EB845354F73F8F2EE3F4FB9B0431E3339E6F2CBBB7F37E1A5D24386647BAF3C3AECF9BE1FC0CD43CB62BB60E6AD42F253B4D17B1C3B4FA673BC5ACB6EBB975BE5A19E6892E58E9ED19321975C337AE2A8FEE139BA036E264A1A8E0726138DF142F4CF9E3D6C02BD769835E160BF09FB07FB8D3778B261F9B1A5902CD53732CF32AEC30533FAB22F0FF948C390E34FCB61976508442E63F8856BCD6593286266E057650445A499B089C008B908144C731D736019049D16ECAB239E454888B23621223FA6CA90B7FB723F971091D112A642C3EF3CE606F690592A780C1879860BC9E9C999AB9BC052A3E8DDECE379A0F6E50B89F01B3BFB644FC99371AE0723880587272ACB72C95BA4FF2BC7855BF7E2A2DF001DF033D1DD279D80493B559A943B44F24898BE444DF0D960D45C8AA32674D629BD5E208237F71E1CBEBAE5E43D47E49B70DFD99C1B73A4748AD9ED505D88BB44C8B81433424C433A3BB27612B6DB67B1126EA39FDAA65D248CA7D00EEF34278712F56F5C16E7255A6881E5091074129E0A398631823426FB661FF12D3A13AC984C4A89423A38EEC5144C88738A683E1EE107B8AFD5D420AAB0AC84B3806460E58243F43E07D2FF49AE4F070A5DBFF7E2F0B9F7E0C0F71D0A8F724B193515E4757AE061A8CE9F1D8AC802CA231E0419B9187EDD7DE8C4B80840E4308488D8A2767011523AF19BD2B147255014FA154C5A24CFC113E18BC723020579C223CD3341C54D5AE4C50509476C4D13904296D8E4D214014ABA91E043E1E28B5C9009D9C23441C654C830558B20A66314892059118186676895233F53E5DC53A7E8CED907198B21188C82262660540A775EC993218B78A9C402E4A40E2B7C77CE84C2DAD547B4909C98C12F18DA30A503BA8B2248392CA4A92DE3830B2A33CE360A15A7E2AE58CC39C042066302ED25D756B3A1C377EC3CF347CE529188530C5B5490A77C6CB592C2B8A424BC8692D95CB7E01922BF18F58856EC94AC72F43C78873C997DC23AD4857B51CA9D12858E475CCFE77D01B93BE6347789AA59EE5E398D9F286955A1EFECA3F3AB9378AFC86DCA6A442F830798800EDA871A8D25498427F954D1D3D35C93E6928F3257B8FAF221C2C0E5CF70902773B1C264087EA713C0FA56E07B41671BAB81FAF2EE9FBB0A6EE3AF60932A441385141FD7E8E3ADA693D1978BF5C6F99AA2071E787B385438A9BB5880A941931DE9EC234519D98E8273D32DC2CE79854543EE026909F2D3D987516A1D2B7430249A233225928FD0C4D97F8B0C5D6EB7D81C6ACD0894DC1ED4A46E96C5D76048A160089AB0E16F6E6EC193D9C7D4A9B1EBECDFC744D22E32C88D024BAC2B6A439E125632D780C182F8D59A2DBA05A86934CF17EB7E990899E3DD974381686176114F75292334D68D6F3673F35EEF87580DECC9042B383ED9E9CB1EFD8614EBF39D7E23E6FD867B86C31EFDCEB8653018316DB8C5D7B94DBCED82C2BD91D87CF1F191E0D30946048E5E030C63C4101F4E456C4777627E2406DC731F9A98ECD89259EA192CD3FC4E7091D340A54A7B9494195FE0968A21DA1F333DBE78C8E08041F1187BF3C7CD57CF5B6171F2FABF0D5ABD762110251B7BE2FEB89BF15830B889B35182B1B5A07BE834BD056F29C15B136A1C6F216283F1502B8CAD106E04EBC14690C00F2223D33123BBE018E0AB24483AC9F6C2AB3F1D9F2C478C90514518DD8EE278ED12C294521305629FC20E5E91AF471BFE967F39F9788E2DBB1D454972095D945BABE4B2255792A7D84FD239BEC15AB0D1D95826C4EF5EBBC2B4D7AE023752F1090C52660C3A9F00EC3788A923C42719D39839A1DF9DB038C614C2BFE694BA91B8AF6E21B914DC4D3098BC8465223D097F3CE443C5E1C5E31F9BF7344674D330693C9C414452D01971CAC3607372DC25B10004A987DD1BA330ECAC4F8E8B288CC5D1994AB13093949D845249DECDD87145ED777130D549AAA6E148C4D4DE1B3B75E643B86238846F980D7B6DD4D0A50BC3F6065A394D699AC7AC72F73D4CB222D1FB0DBCB0FD8D720EEB70892A3EF4CB2738850FCE9F1491557CD8E959ED44D024845D98AA00A72119E92A6C2A2F117240A896495C43AB4DDFFF0EA5E663C5710AC93AE796E223B245DF3A053CF49ACA6D9888631E77E912E33943C29427F6CC79DE54B349C8E4C9149B4B5965D17032BB0A538A918B467B91C2B4C98A602A53B27A846818958A186E0CFCC15A5CC6E8B4089C48A531CAA9D5E2B03EB9B46997BE28145BD6C4AA8973417749B5EDCA21930B09067EE5AFAFDDEA7AEDC975C7BF7EE9ABC1E03BEE849FDF5797C2CFEF2FDC0A61659742B8F64E589A370AAEB26FAEE874283017CA4DE19E3A3503EB67701D8E5794955E449103D8DE70AC1EEE2C1499CFEF5D9571205665E6F3FBF33A4305DC9D6AD5F0E3F7DE554BD65FAB19DF55BAE633B8E87073393CDF5482642D619B550A6B168BDC84452BE831C0613FC103DF709B6E9C170EEA947352AB5622A48B8308B98DCF3A5DD0C1AAE1B2B86C6F65B35B2E1D45258BF94069878F6B4C25FE90126EC5EDB50A845E9BEDB832E28A08FE20A00B67567ABA01644ECFD2B9189FE85EA7D25CEF5C5F0EE3CEB9CA1BC1C6D616EB4EE9221D69CEC6A1FB89751761D8A98F618D705BE9C20256B6AFA8A1F9592E2EEC35CE720D4A16797A6551A9CA3C35325757285453B1445F758142EA5FD9987CD3BAA4D74E05E97F8D3E2BD9A8FCC575CAB7A8BA8A8DCBEAD62DC5AEA5A6FE2B5AC7AC7417F3B5454C4DB356B4ABF9DAA2A6D2A49DA7D765F5D5FB9CF32682AE0E7F5ABFDDE904B4DE093ADBF3BD82D606E725B8BAE214BDE992F171614B4435BEFEA608AE5914D5A8612BDA23D59074E59AA9C6D9E52D54310BD51CBC27C5DC5DF6CDCB6F055076CEF96BC9FC503E7F37709F2FBF18D46DACD70FF32BD89BD5F1FE37ACD560755B35A8B154BBC46FE5C473E90CD4A67D44B1A028B66EEE9F67D6A20E19B521FAAFEA9B3FFF0714F28367');
INSERT INTO "sent_mails" VALUES(2,X'789CBD59DD72D348167E9533A6B6066A2C5B727E914D06A800C342C25402CC16988B96D5B27B2C757BBA5B71126AAA7887ADDAABAD5D2E7806AEB8C26FC293EC392D29919D8418C6B5A954124BA7CFEF777EFAE46D83674CA48D101A51CEB5BA9BE5C6723D62B9E1B2C58F59364979A3098D116731D706095FBF6EEC7163D8907B8F77E9554FC8236199154AB622BEC63622DFDFDADAF4F9D6C6562B68F977533560E94819BBD378D384D78D5D661DCF3D259B106CC3DF99848EDFD982C00F7DFA869FFCC0F70BE2875A6544DC6F1CDAD987D8F244E93C83D9BF92844B9B8AC1886B3860F888B7E065ABDF805E26EC29C7173297C3BBC6325E9DAA0C2AF578AE88F1FDD927AD60AF6637F4AEF64579F4804FD213AF60F0889BC168F621B106C9D3942FAFC0611EFDCE07D669210CAC052DD89B7DD0A7CE1B211CCC3E0DC6194F6364035C47DCA26EA7397C79F79FA75CD8218F991C73F9E5DDBF9BF052E92143B2BD571E1DF67CDF0FE0E6A165B19DB3ED5621F9A930D67B1CBBF0A5355EADC558DDCBADF2504F34C97247CFE8C9904BAE193D7154FFF01CDD013713250DC7039389469010FDB3670F9B40AF9DCF9A70B0DF84FD83FDC61B3CD9B0FCD812F84AF58DCCB38CEB70CE8CBEECCB433ED230E4F8D372D865193A229731FCC2B5E6B249143133F0AB32826068266C221016171D05D35CC71C580641A705FBEA88671112A2AC4D88288EA93214EDBEDCCF254464B484A9D0F03B8FB9813D64960A1E03C2CD7021393D390B7513586A14BD9B7D3C47675FBE90E87E63679FEC294532CEF56004B1E0F04465592E798BF47FE5B870EB5E5C8C1B60007E26BAFBA4133069A74A937287481E09D397A8093E1B8C9A0B386A42679D72EA057AF0E6DE83C357B79CBCE7E8F926DC7736E7C61C299D624A3BAFCEE12E11322EC58CD0A7219D1D593B09DBED33AC84DB18A7B6691709E329B4C33BCD29A044FD1B97C57989165A607902E43A094F851CC3189D3426FB661FF12D0613AC984C4A89423A77DC8B094CE8E714BDF978841FE0BE5653835E8545259C052403CB151C62F43990FE4F727D3A5018FABD1787CFBD0707BEEFBCF028B79451534151A7071E42B57E7628220B288F7890CB28C4F0EBEE4327C621003D871022628BDAC14597D289DF948E3DAA7BA2D0AF60D22279CE3D11BE783C22A7204F78A47926A8A2498BBCB820E1E85BD304A490A56F72690A80926E24F850387C510832215B9826C8986B81277401623A464804C90A041A9EA1558EFC4C95F3489D6238671F642C866010054D4CC0A814EEA292274316F152893997933AAC88DD391382B5AB8F68210531835F10DA30A503BA8B2248392CA4A92DF1C1059519671B41C5A9B82BE6730EB090C1989CF6926BABD9D0F977EC22F347CE52918853842D2AC8533EB65A49615C5292BF8692D95CB7E0197A7E1EF5E8ADD82959E5E83978873C997DC23AD4857B51CA9D12858E475CD7F3BE70B93BE6347789AA59EE5E398D9F286955A1EFECA38BAB9378AFC86DCA6AF45E060F30019D6B1F6A349624913F29A68A9E9EE69A34977C94B9C2D5970FD10D5CFE0C077952C30A9321F89D4E00EB5B81EF059D6DAC06EACBBB7FEE2AB88DBF824DAA104D14527C5CA38FB79A4E465FCED71B176B420F3CF0F6707C705277B1005357263BD2D9474219D98E8273D32D60E7A2C2A22177405A70F9E9ECC328B58E15061812CDD133A5271FA189B3FF1619BAD86EB1392C351850727BB02475B32CBE062185822168C286BFB9B9054F661F53A7C6AEB37F1F13493B64501805965857D4863C255FC95C038245C3D5F344173B17714AA33A332CF625FAB392A1400F31144B9C8698B15C102F212F658AC6BA99CD666EB2EBFD10AB813D996005C7273B7DD9A3DF90627DBED36FC4BCDF70CF70C2A3DF19B70C0623A60DB7F83AB789B75D50B837129B2F3E3E127C3A4144E0BC354018A30FF1E154C4767427E64762C03DF7A189C98E2D99A59EC132CDEF0417390D54AAB4474999F1396EA918A22B62A6C7170F191C30088FB1573F6EBE7ADE0A8B93D7FF6DD0EAB50B8128D9D813F7C7DD8CC782C14D9C8D12C4D69CEEA1D3F416BCA5046F4DA871BC85880DC643AD105B21DC08D6838D20811F4446A6634676C131C05749907492EDB9577F3A3E598E3E42461561743B8AE3B54B08534A4D14887D0A3B7845BE1E6DF85BFEE5E4E31A5B763B8A92E412BA28B756C9454BAE244FB19FA435BEC15AB0D1D95824C4EF5EBBF269AF5D013752F1090C52660C069F1CD86F105347884F32A6318B42BF3B61718CE9847FD594BA91B8AF6E21B914DC4D104C5EC232919E843F1EF2A1E2F0E2F18FCD7B1A11DD344C1A0F6710911474469CF230D89C1C77492C00B9D4C3EE8D280C3BEB93E30285B1383A5329166692B293502AC9BB193BAEA8FD2E0EA63A49D5341C8998DA7B636799F910AE180EE11B66C35E1B3574E9C2B0BD81564E539AE631ABDC250F93AC48F47E036F697FA39CC33A5C7A151FFAE5139CC207E74F0A64151F767A563B1134096117A62AC0694846BACA375594C873405E2D937809AD367DFF3B94AA63C5710AC93A1796E223B2C5D83A053C8C9ACA6D9888631E77E912E33943C29427F62C78DE54B349C8E4C9149B4B5965D17032BB822961E4A2D15EA4306DB2024C654A568FD01B46A522861B037FB01697189D16C089541AA39CA55A1CD6279736ED321685628B9A58357121E82EA8B65D05647221C1C0AFE2F5B55B5DAF3DB9EEF8D72F7D4B30F88E3BE1E7F7D5A5F0F3FB0BB74258D9A510AEBD1396E68D82ABECAB159D0E0173AEDC14E159A66660FD0CAEF3E31565A517117200DB1B8ED5C39DB922F3F9BDAB32CE895599F9FCFEBCCE500177A75A4BC4F17BEFAA25EBAFD58CEF2A5DF50C2E3A5C2D87EB4D2548D612B659A5B066B1C84D58B4821E031CF6133CF00DB7E9C679E1A04E59935AB512211D0E22E4363EEB744107AB86CBE2B2BD95CD6EB17414952CE603A59D7F5C632AFD0F29F9ADB8BD5640E8B5D98E2B23AE88E00F727411CC4A4F3780D4F42C838BF8C4F03A956ABD737D11C69D739537828DAD2DD69DD2453AD29C8D43F713EB2EBA6167791F2E01B7952E2C6065FB8A25343FCBC5B9BDC659AE41C9224FAF2C2A5599A746E6EA0A4135150BF4551728A4FE958DC937AD4B7AED5490FED7E8B3928DCA5F5CA77C8BAAABD8B8AC6EDD52EC5A96D47F45EB9895EE62BEB68859D2AC15ED6ABEB6A8A93469E7E975597DF53EE7BC8960A8C39FD66F773A01AD7782CE76BD5760406B25B8BAE214BDE992F1716E4B44357EF94D115CB3285AA286AD688FB484A42BD74C4B9C5DDC4215B3D09283F7A498BBCBBE79F9AD00CACE59BF96D487F2FADDC07DBEFC62B06C63BD7E985FC1DE6C99E8AF68AD06DFB05583E5966A97C4AD9C782E9D81DAB48F281614C5D6CDFDF3CC5A5427A33644FF4A7DF3E7FF0084B479C6');
INSERT INTO "sent_mails" VALUES(3,X'789CC559DD6EDB38167E95332E16D3622C5B72FE6537D316693ADD36E920693B8BD6BDA02CCAE658223D2415272906E83B2CB0578BDD5EF4197AD5ABFA4DFA247B0E2525B6F3E7740C6C10D81145F29CF39DEFFC90795FE31913692D849A6676C072F320E2C28C044F8D65B16DF063968D525EAB436DC059CCB5C1B96FDFD6F6B831ACCFBDA73BF4AA23E491B0CC0A251B2B9B6BAB2B41106D6D245B01DF5C6F040DFF41AA7A2C1D2863B76BEFEAF0B6B6C3ACDB734FC93A049BF07726A1E5B73620F0439F7EE1273FF0FD62F2AE56194DEED60EEDE4536C79A2749EC1E45F49C2A54D456FC0351C301CE20D78DDE8D6A093097BCAF185CC65FF015AC2AB559541A51E2F156DFC68F2452B78346D3874AEC5A35C7EC047E989576CF2849BDE60F229B1C6589EA67C71250EF3E877DEB34E1361602568C0DEE4933E7588847030F9D21B663C8D711BE03AE2964B38CDE1DB87FF3CE7C2F679CCE490CB6F1FFE5D87D74AF7194EDB7BE3D162CFF7FD16DC7DA2D5E4BF1C9E6934A5B06EC6D67B851ACF85B1DED3D8F9339DDAB831EFBC87B9551E2A8DF659EEE6331AE973C911341C71B3FEE1B97907DC8C94341C178C461A5943F35FBCD8AD03BD7600D6E160BF0EFB07FBB577B8B266F9B1254296B618996719D7E18C4D5DD995877CA0A1CFF1D372D86119A292CB187EE15A7359A7193133F0AB32827869460C0DD697A006E35CC71C580641AB01FBEA8867114E4459EB10915353650CC2D095FBB984888C9630161A7EE73137B0879BA582C780FC335C484E23677EAF034B8DA27793CFE774EDCA57D2622CD9C9177B4A6E8D73DD1B402CD0492ACB72C91BA4FF1BB70BB7EEC50D4E04F4C6CFB4E81129084CDAB1D2A4E921AE8D84E94A540BC77A83FA1CC3EAD05AA5887B8570DEDD7B7CF8E69E13FE12DD50471904406ECC91D22906BC837886918990712966800087B47660ED286C36CF88136EA2D39AA699E5181BDA536894779A937769F66F5C16EB259A6B81E509108E129E0B39842122868E826CF219DFA267C18AD1A89428A4C3E6614CCC42D05384F6E9001FE09156638310C3BC12CE029281C90C0E910A1C48FF67B93EED29E4C1DEABC397DEE303DF77283CC92DC5DA58100568C043DE4EAFED8BC802CAA33D0832F237FCBAB3EBC4383A2072C8279A6C513BB80829ADF84DE9D8A3AC280AFD8A4D1A24CFC18359089E0E0814DC13B9C03341F94E5ADC8B0B128ED89A3AE00C5962934B53B0957423C187C2918D5C9009D9C098C18DB916B842178CA665444B90ACA0A3E1195AE5A69FA972EEA95374E7E4938C451F0CB2A08ED11895C29D57F2A4CF225E2A310339A9C30ADF9D6FC2E1B0C89C68213931835F3001C39816E8368A20E530C5A6B6E4071794739C6D4415A7E28E980D40C0AC064302ED35D756B3BEC377E83CF347CE52918853A42D2AC8533EB45A49615C84125E7DC96CAE1BF002919F653DA2153B25AB803D276F9F27932F9894DAF0304AB953A2D0F188EBE9245040EE9639CD5DA06A96BB574EE3674A5A55E83BF9ECFCEA243E2C629BA21AD1CBE03106A0837657A3B12489F0249F2A1A3DCD35692EF9207359AC2B7711062E7F86833C99E20A9321F8AD5600AB1B81EF05AD4DCC06EADB877FEE28D8C2AF609D32441D85148F2BF478AFEE6474E56CBE71BE26F6C0636F0FFB0B277507B331D56CB2239D7C269691ED283837ED8276CE2B2CEA7347A439C84F279F06A9755BA18321D11C9129917C8226627674113A5F88B1522CD43650707BB0E0EC3AECB95C6690529496833AACF9EBEB1BF06CF239756AEC38FBF73190B46306B951608A7549ADCF53C24AE61A902C1AAE6D365035D77FD9CC356A9D1F62D5B32723CCB738B2DD951DFA8614B3E9FD6E2DE6DD9A1BC36E8DBE336E19F4064C1B6EF1756E136FB398E1DE48AC9B387C24F87884FEC3DEA987A4438B71702C623BB81FF323D1E39E7BA86368623565A96730A9F2FBC1C59D7A2A55DAA310CAF8CC6EA9E8230A31D3C38B8B0CF606C49ED89B5E6EAE5D6F85C50EEAFFD330759A857454C3D813F7C7838CC782C15DEC7112A4C58C21A153FB1EBCA7D86C8C28E7BF8788F5867DAD901621DC095683B520811F4446386030B5C16D80AF922069259B33AFFE74FB643902861B5513A3AD288E572E99985254A1402C31587CABE9ABD19ABFE15F3E7D38B52DDB8AA224B9645E945BABE4BC25574E4FB114A453FB062BC15A6B6D7E22FE769A15A69D66C5E248C527D04B9931C80402B05BA34DDD441CC998EE0B19FAED118B6321FBF8D794527712F7D32E249782DB0932CB4B5826D293F0C743DE571C5E3DFDB1FE5023BDEB8649E361FB2092629E11A73C0CD647C76D120B40907A58789192616B75745C50321647672AC5C897949D845249DECED87135DB6F6383A993548DC38188A932D7B66FDDE7C1154D1EDCA2C7EB34515D17480CCB1468E5D4A6161DE3CD1DE530FC8A14D0ADE159EC6F148D984F4B8871D02F47B0B5EE9D8F14342B1EB63B563B11D4D16035A5FCC0A9F3C579155095CB08462088CBF05E40AB75DFFF0EA5A689E3760AC93AE7A3E211B745473B053C74A1CA6D9888631EB7E964E23943C29427F6CC93DE58B351C8E4C9188B44997FD17032BBE22C11E6A2D15EA43086B28259657C5643888651A988E14ECFEFADC42561C7058B2295C62867A15285C9CAC550B3F445A1D8BC26568D9C0BDA73AA6D560E195D8836F02B7F5D7754EB3447372DBFFE24B7C006DF71D0FBFAB13AE97DFD78E1A8074B3BE9C18D07BDD2BC4170957D5319A845C49CC93D857B6E9D4030B30637817A458EE9444423C0C287BD727F7B26E37CFDE8528E43B4CA395F3F9E271D4AED6E556301A77EEF01B4DCFABA04F25D796C3A9C8BDA3715D0D3E526485612B65EC5B366B1C84D5814890E03ECE0135C708B2372ED3C8B500D9D925A1519211D2922DC6D7856038316A61017D265E12BCBE07C1E29D25ACC7B4A3B7C5CC92AF18794702B8EA415113A4DB6ED728ACB28F8414017CEACF474ADC9949EA57391ACE85EA7D254555D9DE774EB5CE5B5606D6383B5C7743A8E3467C3D07D62124618B617C77001BA2DF51602967609B180E667B138735971166B506E91A75766982AE75355734986A89A8AB9F9554928A4FE956B905BDD81749AA920FD6FD06729D7247FF18EE436AA2EE31A65797728C505CA82FA2FE98E65A9172CD7DDAE2C68D6922E60AEBB7DA93469E6E94D517DF525CD79114157873FAD6EB55A01DDD904ADCDE95A810E9D4AC1D5E1A7A84D97F49233573F94E317BFFE811B6E7F16C8614BBA1C5A40D29577470BAC9DBF5A2A7AA105BBF051D1849775F3F22302949573FA8C32DDA14F1F14DCF3E5A784450BEBCD9DFD122EC316F1FEF2EECA2EC1B9EC502EED599A74B3505C35149769EEDF59D6A22A19950DFA6FE7BB3FFF07C3135975');
INSERT INTO "sent_mails" VALUES(4,X'789CBD59DD72D348167E9533A6B6066A2C5B72FE6593012AC0B090309500B305E6A265B5EC1E4BDDDEEE569C989A2A2EF60DB66AAFB676B9E019B8E20ABF094FB2E7B4A4C476FE0CE3DA54CA8E5AA7CFCF777EBBF3AEC63326D25A08B58CE9A1BDC7F8400BD9E7B2C14F58364A79AD0EB5016731D706A9DEBCA9ED7363589F7B4FF6E85547C8636199154A3676F84EB2D1623C6E6D6EEE042C68040DFF5EAA7A2C1D2863776B6FEBF0A6B6C7ACE3B9AF641D826DF82B93D0F25B5B10F8A14FBFF0931FF87E41FC48AB8C88BBB5233BFD185B9E289D6730FD5792706953D11B700D870C9778035E35BA35E864C24E38BE90B9ECDF3316B529775506957ABC50C4F8C1F4B35630FD4769346EBF1C8572D3211FA5A75EB1F53137BDC1F463628DB13C4DF9F2A28FF2E877DEB34EBE30B01634607FFA514F1C0E211C4E3FF786194F6364035C47DCA262931CBEBEFFCF332E6C9FC74C0EB9FCFAFEDF7578A5749F21D9FE6B8F367BBEEFAFC1ED7D32E2DCAA3B85D867C258EF49ECBC96CE306A2CBAE87E6E95874AA23D963B7A462BC8896B462B8EEA6F9EA33BE466A4A4E1B86134D2181B44FFFCF9A33AD06B07581D0E0FEA707078507B8B3B6B969F580AB8527723F32CE33A9CB3A12BBBF2089D007D8E9F96C31ECB10855CC6F00BD79ACB3A51C4CCC0AFCA088A3E33622381D170112518E73AE6C032085A0D3850C73C8B9010656D42444E4C95310843571EE41222325AC25868F89DC7DCC03E324B058F01A3CC702139AD9CF9B90E2C358ADE4D3F9D076557BE941633C64E3FDB09B931CE756F00B1E0F05465592E7983F47FEDB8700B985DB0E03440F47F26A207A4103069C74A936647C82412A62B510D5CEB0DEA0B115487D63AE5D14B84EFF6FEC3A3D7779CB017087B1D1E388373638E954E318D1DA473119708199762060868487B07D68EC266F32C50C26D7452D334B31C635F7B0A8DF026397993A87FE3B2D82FD13C0B2C4F807093F04CC8210C11A121D937FD846FD19360C568544A14D281743FA64842905384F2C9001FE08156638390C2A212CE029241201EA1EB3990FE4F733DE929F4FBFECBA317DEC343DF77283CCE2DE5D25890CB69C1C3389DDDDB17910594473C0832F22FFCBAF7C88971EE47E4307E88D8A276701152DAF19BD2B147B54E14FA154C1A24CFC113E18B2703020579C263CD3341554C5AE4C50509476C4D1D904296D8E4D214D149BA91E023E1828B5C9009D9C01C41C61CC307F3B48860DA4661089215E16778865639F23355CE3D3541774E3FCA58F4C16014D431FBA252B8F34A9EF459C44B25E620277558E1BB73261C8E8ACA8816921333F885E506C6B441B7510429872534B5657C704135C6D946A1E254DC13F3090758C56048A0BDE2DA6AD677F80E9D67FE9EB354246282618B0AF2940FAD565218979184575F329BEB063C47E4E7A31ED18A9D9255829E076F9F27D3CF5884DA703F4AB953A2D0F198EBD9A42F2077DB9CE62E5135CBDD2BA7F15325AD2AF49D7E727E7512EF17B94D598DE865F01013D041FB48A3B12489F0249F2A5A9DE49A34977C90B9AAD5958F10062E7F86C33C9989152643F05BAD00D6B702DF0B5ADB580DD4D7F7FFDC53B0835FC12655883A0A291ED7E8F14EDDC9E8CAF97AE37C4DD1030FBD7D9C179CD43DACBED489C98E74FA89A28C6C47C1B9691761E7BCC2A23E7781B400F964FA71905AC70A1D0C89E6884C89E4633471FADF2243171B2D7686A586014A6E0F96A4AEC3BEAB6506430A054350870D7F73730B9E4E3FA54E8D3D67FF0126927691416E1458625D51EBF394B092B9060C160D578C11A8949BA76CE646AECE0FB1EAD9D311565A5CD9EDCA0E7D438A75F46EB716F36ECDADE1F445DF19B70C7A03A60DB7F83AB789B75D50B837123B242E1F0B3E1EA1E77016EA61B8A1ADB83816B11DDC8DF9B1E871CF3DD43129B16FB2D433584EF9DDE022A79E4A95F62879323EC72D157DB43F46132F6E32380550DCC4DEEC7673ED7E2B2CCE46FF9F51A8D32CA4A158634FDD1FF7321E0B06B7717A493000E6140F9D9A77E01D65616344D5FD1D44AC37EC6B850110C2AD603DD80812F841646437A64D1B1C037C9504492BD99E7BF587E393E5081032AA08A39D288ED72E214C297F502036136CB315F97AB4E16FF997930F67D8B29D284A924BE8A2DC5A25172DB9923CC5A29FCEF00DD6828DD6C62221FE769A15A69D6615B5918A4FA1973263D0F30460B7464C1D21AE60A2F4850CFDF688C531BA08FF9A51EA56E27EDA85E452703BC148F2129689F434FCF188F71587974F7EACDFD718CE75C3A4F1705010494167C48487C1E6E8A44D620108520F5B2C8660D85A1F9D1421188BE33395626146293B0DA592BC9DB1938ADA6FE3E8A893548DC38188A907D7766F9CE0E08AF10DBE617AEB34513D97280C1B1068E5D4A4611BF3C91DBD30BD8A14EFD6F0ECF417CA36AC9425A4B8E8972B3824F7CE578AB02A1E763B563B1134AB609FA4FCE734C3225D054CE522820D08D2327D97D06AD3F7BF43A9D940719C42B2CEF9A47844B6E858A780872E53B90D1371C2E3369D313C674898F2C49E79CE1B6B360A993C1D63F92FEB2B1A4E6657314A0172D1682F529833591149653E564B888651A988E156CFEFADC565808E8BA889541AA39CA59A1016279733CDD21785628B9A5835722E682FA8B65D39647421BBC0AFFC75DDA1ABD31CDDB4FDFA33D9120CBEE3C8F6E5437566FBF2E1C2A10D567666831B8F6CA57983E02AFB662A4E8B0273AED614EEB9B16060E50C6E02F18A9AD289286C001B1B4EBDFDDDB90AF3E5832B310EC1AAC67CF9705E64A874BB5D8D259CF8BD47C992F57505E3BBEAD66CFA16BD6D268167DB4990AC256CB3CA5FCD62919BB068021D06388B27B8E11B0EBBB5F3AA413D72466AD5448474411021B7E1598F0B5A58325C0A978DAD6C738B75A3286331EF29EDF0712DA9C41F52C2AD385C5681D069B25D57435C05C10F02BA7066A5A71B3D66F42C9D8BC189EE752ACD74CDF5C5186E9DABBC116C6C6DB1F698CEB991E66C18BA4F2CBA08C3EEF2182E116E2BBD4F80955D272CA1F9592ECE5D3B9CE51A942CF2F4CA8A52D578EA62AEA850A8A66281BE6A0185D43F73A1F14DB7199D662A48FF1BF459C985C79FBCEDF81655577121B2BADB90E22A6449FD57745BB2D2AB92EBEE4996346B455729D7DDA3549A34F3F4A6ACBEFABAE5BC89A0ABC39FD6775AAD806E5F82D6F66CAF4087CE94E0EA7053F4A64B66C7B94B1CAAF1CB5FE4C00DF7384BD4B0155DF32C21E9CA5BA025F62E5E1215B3D09253F7A818BACBBE79F99100CACE397B26999DC8670F06EEF9F253C1B28DF5E6497E05D75ACB787F15B75E97205CCE26974E2B4DBA33282E118A6B31F72F286B51898C1A06FD1FF2ED1FFF036CB12F42');
CREATE TABLE sessions (
  id                 TEXT PRIMARY KEY,
  account_id         INTEGER NOT NULL REFERENCES accounts(id),
  started_at         TEXT NOT NULL,
  seen_at            TEXT NOT NULL,
  ended_at           TEXT,
  reauthenticated_at TEXT,
  device             TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE settled_names (
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  name          TEXT NOT NULL,
  entry         INTEGER NOT NULL REFERENCES audit(seq),
  PRIMARY KEY (invitation_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE short_codes (
  link_id    INTEGER NOT NULL REFERENCES links(id),
  generation INTEGER NOT NULL,
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL CHECK (length(digest) = 64),
  PRIMARY KEY (link_id, generation, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "short_codes" VALUES(2,1,'7abe2b7ccf3981ad','3c0f13a02f419a489d71056ff65c962ae30bcf69d298457fde9bee42e9cfaa92');
INSERT INTO "short_codes" VALUES(1,1,'7abe2b7ccf3981ad','61c60e9c14b14f35c8a0beb8fb80df24276652d292dc721a9c73064ba64f5124');
INSERT INTO "short_codes" VALUES(3,1,'7abe2b7ccf3981ad','6a920535e7a0efb770d8392b82ba1ba44dea158595c8e27d4d5d1798cfd6c24e');
INSERT INTO "short_codes" VALUES(4,1,'7abe2b7ccf3981ad','a613cf9801de0d55590d49a10f804774eac55b73ce9bae5be359beb84b687c55');
INSERT INTO "short_codes" VALUES(5,1,'7abe2b7ccf3981ad','f34f24703baf3d1f4190a74e39e3014083e045dca129c3dd960519abf817e3c1');
CREATE TABLE subscriptions (
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  topic      TEXT NOT NULL,
  frequency  TEXT CHECK (frequency IN ('at_once', 'daily', 'weekly', 'never')),
  told       INTEGER NOT NULL,
  PRIMARY KEY (account_id, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE test_mails (
  id           INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts(id),
  kind         TEXT NOT NULL,
  language     TEXT NOT NULL,
  round_id     INTEGER REFERENCES rounds(id),
  requested_at TEXT NOT NULL,
  opening      TEXT CHECK (json_valid(opening))
) STRICT;
CREATE TABLE voidings (
  answer_id     INTEGER PRIMARY KEY REFERENCES answers(id),
  invitation_id INTEGER NOT NULL REFERENCES invitations(id),
  reason        TEXT NOT NULL CHECK (reason <> '' AND length(reason) <= 2000),
  voided_at     TEXT NOT NULL,
  voided_by     TEXT NOT NULL CHECK (voided_by <> ''),
  entry         INTEGER NOT NULL REFERENCES audit(seq)
) STRICT;
CREATE TABLE webhooks (
  url         TEXT PRIMARY KEY,
  told        INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX audit_of_a_subject ON audit (subject);
CREATE INDEX bound_rows_by_key ON bound_rows (name, key);
CREATE UNIQUE INDEX accounts_of_a_provider ON accounts (oidc_issuer, oidc_subject) WHERE oidc_subject <> '';
CREATE INDEX sessions_of_an_account ON sessions (account_id, seen_at) WHERE ended_at IS NULL;
CREATE INDEX passkeys_of_an_account ON passkeys (account_id);
CREATE INDEX digests_of_an_account ON digests (account_id, frequency, created_at);
CREATE INDEX address_changes_of_an_account ON address_changes (account_id);
CREATE INDEX password_reset_requests_of_an_address ON password_reset_requests (email_digest, requested_at);
CREATE UNIQUE INDEX saved_view_names ON saved_views (list, COALESCE(account_id, 0), name);
CREATE UNIQUE INDEX one_round_per_edition ON rounds (edition_id) WHERE cancelled_at IS NULL;
CREATE INDEX invitations_of_a_member ON invitations (member_id);
CREATE UNIQUE INDEX one_application_per_address ON applications (round_id, lower(email));
CREATE INDEX applications_of_a_mailbox ON applications (round_id, mailbox);
CREATE INDEX links_of_an_invitation ON links (invitation_id);
CREATE INDEX links_of_a_representative ON links (representative_id) WHERE representative_id IS NOT NULL;
CREATE INDEX open_links_of_an_address ON links (email) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX one_open_link_per_colleague ON links (invitation_id, lower(email))
WHERE delegated_by IS NOT NULL AND ended_at IS NULL;
CREATE INDEX short_codes_by_digest ON short_codes (digest);
CREATE INDEX voidings_of_an_invitation ON voidings (invitation_id);
CREATE INDEX office_decisions_of_an_invitation ON office_decisions (invitation_id, field);
CREATE UNIQUE INDEX one_open_objection_per_answer ON objections (answer_id) WHERE settled_at IS NULL;
CREATE INDEX objections_of_an_invitation ON objections (invitation_id);
CREATE INDEX outbox_sent_together ON outbox (primary_id) WHERE primary_id IS NOT NULL;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_of_a_link ON outbox (link_id, kind);
CREATE UNIQUE INDEX outbox_of_an_account ON outbox (account_id, kind, number) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX outbox_of_an_application ON outbox (application_id, kind, number) WHERE application_id IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_bounced ON outbox (bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX outbox_undelivered ON outbox (link_id) WHERE bounced_at IS NOT NULL OR failed_at IS NOT NULL;
CREATE INDEX replies_to_read ON replies (invitation_id) WHERE settled_at IS NULL;
CREATE INDEX refusals_of_a_server ON refusals (server);
CREATE INDEX reminders_of_a_link ON reminders (link_id);
CREATE UNIQUE INDEX one_pending_approval ON approvals (act, subject) WHERE ended_at IS NULL;
CREATE INDEX checkpoints_of_a_round ON checkpoints (round_id);
CREATE INDEX late_reviews_of_an_answer ON late_reviews (answer_id);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit WHEN OLD.peaks <> x'' -- empty until the end of its transaction
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_counts_up BEFORE INSERT ON audit
WHEN NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM audit), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER bound_rows_stay BEFORE UPDATE OF seq, name, key, digest ON bound_rows
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER bound_rows_are_kept BEFORE DELETE ON bound_rows
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER log_leaves_stay BEFORE UPDATE ON log_leaves
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_leaves_are_kept BEFORE DELETE ON log_leaves
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_leaves_count_up BEFORE INSERT ON log_leaves
WHEN NEW.position <> 1 + COALESCE((SELECT MAX(position) FROM log_leaves), -1)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER editions_are_frozen BEFORE UPDATE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER editions_are_kept BEFORE DELETE ON editions
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER editions_are_not_replaced BEFORE INSERT ON editions
WHEN EXISTS (SELECT 1 FROM editions WHERE id = NEW.id OR (paper_id = NEW.paper_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'an edition is never replaced'); END;
CREATE TRIGGER annexes_are_frozen BEFORE INSERT ON annexes
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = NEW.edition_id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER annexes_stay BEFORE UPDATE ON annexes
BEGIN SELECT RAISE(ABORT, 'an annex is added or removed, never changed'); END;
CREATE TRIGGER annexes_are_kept BEFORE DELETE ON annexes
WHEN EXISTS (SELECT 1 FROM rounds WHERE edition_id = OLD.edition_id AND opened_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'the text is frozen: its round has been opened'); END;
CREATE TRIGGER pictures_stay BEFORE UPDATE ON pictures
BEGIN SELECT RAISE(ABORT, 'a picture is never changed'); END;
CREATE TRIGGER confirmed_applications_stay BEFORE UPDATE OF round_id, official_name, kind, state, email, contact
ON applications WHEN OLD.confirmed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a confirmed application never changes'); END;
CREATE TRIGGER decisions_on_applications_stay BEFORE UPDATE OF confirmed_at, decided_at, member_id, reason
ON applications WHEN OLD.decided_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an application is decided once'); END;
CREATE TRIGGER applications_need_an_open_round BEFORE INSERT ON applications
WHEN NOT EXISTS (
  SELECT 1 FROM rounds WHERE id = NEW.round_id AND json_extract(terms, '$.applications') = 1
    AND closed_at IS NULL AND cancelled_at IS NULL AND NEW.applied_at < deadline)
BEGIN SELECT RAISE(ABORT, 'the round takes no applications'); END;
CREATE TRIGGER frozen_members_stay BEFORE UPDATE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_kept BEFORE DELETE ON frozen_members
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE TRIGGER frozen_members_are_not_replaced BEFORE INSERT ON frozen_members
WHEN EXISTS (SELECT 1 FROM frozen_members WHERE invitation_id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the list of a closed round never changes'); END;
CREATE VIEW invited_members AS
SELECT invitations.id AS invitation_id, members.id, COALESCE(frozen.key, members.key) AS key,
       COALESCE(frozen.name, members.name) AS name,
       COALESCE(frozen.official_name, members.official_name) AS official_name,
       COALESCE(frozen.kind, members.kind) AS kind, COALESCE(frozen.state, members.state) AS state,
       COALESCE(frozen.district, members.district) AS district,
       COALESCE(frozen.country, members.country) AS country, COALESCE(frozen.tags, members.tags) AS tags,
       COALESCE(frozen.inhabitants, members.inhabitants) AS inhabitants, members.language, members.street, members.postal_code,
       members.city, members.mail_without_link, members.archived_at
FROM invitations JOIN members ON members.id = invitations.member_id
LEFT JOIN frozen_members AS frozen ON frozen.invitation_id = invitations.id;
CREATE TRIGGER closing_freezes_members AFTER UPDATE OF closed_at ON rounds
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
BEGIN
  INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants)
  SELECT invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants FROM invited_members
  WHERE invitation_id IN (SELECT id FROM invitations WHERE round_id = NEW.id)
    AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members);
END;
CREATE TRIGGER answers_are_kept BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_are_not_replaced BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id
             OR (invitation_id = NEW.invitation_id AND form_key = NEW.form_key))
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_count_up BEFORE INSERT ON answers
WHEN NEW.number <> 1 + COALESCE((SELECT MAX(number) FROM answers WHERE invitation_id = NEW.invitation_id), 0)
BEGIN SELECT RAISE(ABORT, 'answers are numbered without a gap'); END;
CREATE TRIGGER closed_rounds_take_no_answers BEFORE INSERT ON answers
WHEN NEW.channel = 'link' AND NEW.corrects IS NULL AND NEW.late = 0 AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (NEW.received_at >= deadline OR closed_at IS NOT NULL OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'the round takes no answers any more'); END;
CREATE TRIGGER recorded_answers_came_in_time BEFORE INSERT ON answers
WHEN NEW.channel <> 'link' AND NEW.late = 0 AND EXISTS (
  SELECT 1 FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  WHERE invitations.id = NEW.invitation_id
    AND (opened_at IS NULL OR NEW.received_at >= deadline OR cancelled_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'what was not received in time is not recorded'); END;
CREATE TRIGGER corrections_change_only_names BEFORE INSERT ON answers
WHEN NEW.corrects IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM answers AS before
  WHERE before.id = NEW.corrects AND before.invitation_id = NEW.invitation_id AND before.number = NEW.number - 1
    AND before.kind = 'sign' AND NEW.kind = 'sign' AND before.basis = NEW.basis AND before.body = NEW.body
    AND before.decision_number = NEW.decision_number AND before.decision_on IS NEW.decision_on
    AND before.decision_result = NEW.decision_result AND before.publish_name = NEW.publish_name
    AND before.note = NEW.note AND before.received_at = NEW.received_at AND before.channel = NEW.channel
    AND before.link_id IS NEW.link_id
    AND NOT EXISTS (SELECT 1 FROM voidings WHERE answer_id = before.id))
BEGIN SELECT RAISE(ABORT, 'a correction changes names alone'); END;
CREATE TRIGGER late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 1 AND NOT EXISTS (
  SELECT 1 FROM invitations JOIN rounds ON rounds.id = invitations.round_id
  JOIN releases ON releases.round_id = rounds.id AND releases.number = 1
  WHERE invitations.id = NEW.invitation_id AND json_extract(terms, '$.late') = 1
    AND NEW.received_at >= released_at AND retracted_at IS NULL
    AND (late_until IS NULL OR NEW.received_at < late_until))
BEGIN SELECT RAISE(ABORT, 'the round takes no late answers'); END;
CREATE TRIGGER only_late_answers_follow_the_release BEFORE INSERT ON answers
WHEN NEW.late = 0 AND EXISTS (
  SELECT 1 FROM invitations JOIN releases ON releases.round_id = invitations.round_id
  WHERE invitations.id = NEW.invitation_id)
BEGIN SELECT RAISE(ABORT, 'the released list never changes'); END;
CREATE TRIGGER only_answers_without_a_link_are_recorded BEFORE INSERT ON answer_records
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND channel <> 'link')
BEGIN SELECT RAISE(ABORT, 'an answer through a link evidences itself'); END;
CREATE TRIGGER answer_records_stay BEFORE UPDATE ON answer_records
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answer_records_are_kept BEFORE DELETE ON answer_records
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answer_records_are_not_replaced BEFORE INSERT ON answer_records
WHEN EXISTS (SELECT 1 FROM answer_records WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER only_the_last_answer_is_voided BEFORE INSERT ON voidings
WHEN NOT EXISTS (
  SELECT 1 FROM answers WHERE id = NEW.answer_id AND invitation_id = NEW.invitation_id
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = NEW.invitation_id))
BEGIN SELECT RAISE(ABORT, 'only the answer that counts is voided'); END;
CREATE TRIGGER voidings_stay BEFORE UPDATE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_kept BEFORE DELETE ON voidings
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER voidings_are_not_replaced BEFORE INSERT ON voidings
WHEN EXISTS (SELECT 1 FROM voidings WHERE answer_id = NEW.answer_id)
BEGIN SELECT RAISE(ABORT, 'voidings are append-only'); END;
CREATE TRIGGER letters_stay BEFORE UPDATE ON letters
BEGIN SELECT RAISE(ABORT, 'a letter that was sent is never changed'); END;
CREATE TRIGGER letters_are_kept BEFORE DELETE ON letters
BEGIN SELECT RAISE(ABORT, 'a letter that was sent is never deleted'); END;
CREATE TRIGGER mail_keeps_a_primary AFTER DELETE ON outbox
BEGIN
  UPDATE outbox SET primary_id = NULLIF((SELECT MIN(id) FROM outbox WHERE primary_id = OLD.id), id)
  WHERE primary_id = OLD.id;
END;
CREATE TRIGGER approvals_stay BEFORE UPDATE ON approvals
WHEN OLD.ended_at IS NOT NULL OR NEW.act <> OLD.act OR NEW.subject <> OLD.subject OR NEW.payload <> OLD.payload
  OR NEW.requested_by <> OLD.requested_by OR NEW.requested_at <> OLD.requested_at
BEGIN SELECT RAISE(ABORT, 'a requested act never changes'); END;
CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_are_kept BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoints_count_up BEFORE INSERT ON checkpoints
WHEN NEW.size <= COALESCE((SELECT MAX(size) FROM checkpoints), 0)
  OR NEW.size <> (SELECT 1 + MAX(position) FROM log_leaves)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE VIEW retracted_editions AS
SELECT DISTINCT rounds.edition_id FROM releases JOIN rounds ON rounds.id = releases.round_id
WHERE releases.retracted_at IS NOT NULL;
CREATE TRIGGER releases_stay BEFORE UPDATE OF round_id, number, sha256, size, pages, as_of ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_keep_their_kind BEFORE UPDATE OF kind, entry ON releases
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_are_not_replaced BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE id = NEW.id OR (round_id = NEW.round_id AND number = NEW.number))
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER releases_are_kept BEFORE DELETE ON releases
WHEN OLD.planned_at IS NULL OR OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a released edition never changes'); END;
CREATE TRIGGER the_first_release_is_final BEFORE INSERT ON releases WHEN (NEW.number = 1) <> (NEW.kind = 'final')
BEGIN SELECT RAISE(ABORT, 'the first release is the final paper, and no other'); END;
CREATE TRIGGER releases_count_up BEFORE INSERT ON releases
WHEN NEW.number > 1 + COALESCE((SELECT MAX(number) FROM releases WHERE round_id = NEW.round_id), 0)
BEGIN SELECT RAISE(ABORT, 'releases are numbered without a gap'); END;
CREATE TRIGGER retractions_stay BEFORE UPDATE OF retracted_at ON releases
WHEN OLD.retracted_at IS NOT NULL AND NEW.retracted_at IS NOT OLD.retracted_at
BEGIN SELECT RAISE(ABORT, 'a retracted release stays retracted'); END;
CREATE TRIGGER follow_ups_stay BEFORE UPDATE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'an entry is added or removed, never changed'); END;
CREATE TRIGGER late_reviews_are_of_late_signatures BEFORE INSERT ON late_reviews
WHEN NOT EXISTS (SELECT 1 FROM answers WHERE id = NEW.answer_id AND late = 1 AND kind = 'sign')
BEGIN SELECT RAISE(ABORT, 'only a late signature is accepted or refused'); END;
CREATE TRIGGER accepted_late_signatures_stay BEFORE INSERT ON late_reviews
WHEN EXISTS (SELECT 1 FROM late_reviews WHERE id = NEW.id OR (answer_id = NEW.answer_id AND accepted = 1))
BEGIN SELECT RAISE(ABORT, 'a late signature that was accepted stays'); END;
CREATE TRIGGER late_reviews_stay BEFORE UPDATE ON late_reviews
BEGIN SELECT RAISE(ABORT, 'late reviews are append-only'); END;
CREATE TRIGGER late_reviews_are_kept BEFORE DELETE ON late_reviews
BEGIN SELECT RAISE(ABORT, 'late reviews are append-only'); END;
CREATE TRIGGER scans_that_come_again_are_kept AFTER INSERT ON answer_records
BEGIN DELETE FROM erased_files WHERE sha256 = NEW.scan_sha256; END;
CREATE TRIGGER replies_that_come_again_are_kept AFTER INSERT ON replies
BEGIN DELETE FROM erased_files WHERE sha256 = NEW.sha256; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('rounds',1);
INSERT INTO "sqlite_sequence" VALUES('invitations',4);
INSERT INTO "sqlite_sequence" VALUES('links',5);
COMMIT;
