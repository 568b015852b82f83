BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'signoff','0001_initial','2026-11-29 00:08:27.599586+00:00');
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
INSERT INTO "answers" VALUES(1,2,1,'decline','','','','',NULL,'',0,'',NULL,'2027-01-19T09:00:00.000000+00:00','link',3,'PcrFMrugqqrFw7rKmhS7Jg',6,NULL,0);
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
INSERT INTO "audit" VALUES(1,'2026-12-19T09:00:00.000000+00:00','instance_created','init','association','0e871fa1dc7d428003691dbbd4e596a88d1e4443d25989261d9a16903528256c',X'209E3455E80EF6F2C37246BD0B63DA89685F9394C3CB388158ADE2FAE018549F',X'E9E7CAB978439FFE987896587567B060286AFAAA8109892431E95383F735F5A7');
INSERT INTO "audit" VALUES(2,'2027-01-18T09:00:00.000000+00:00','members_imported','office','members','3b013ac97f583de3b7847d79e74ba19addbd1749f672a791591ff575f876db36',X'6F2DD8A4D47201AEB60D49D11F66FDAABAF64F7C868BF51CF4EA9C353B6EF07E',X'63938D1937E78E5EC0B9A5761D52FA763BCAB270B2C2912DB8D1CBDE79FA0928');
INSERT INTO "audit" VALUES(3,'2027-01-18T09:00:00.000000+00:00','paper_added','office','paper/leitgedanken','83643db3a3d747e5e07e40ebe316f88d54fac651bada7897acca4c5b35b328e0',X'4457A8A8E4CA67E62E80EADA940A81209BEF7BCA22F77AD68304420CC474F039',X'63938D1937E78E5EC0B9A5761D52FA763BCAB270B2C2912DB8D1CBDE79FA092855DFFCA3FD75E21F3A18B376F7D1F62233C5937F5D46562F3DB20DECEF6E86D9');
INSERT INTO "audit" VALUES(4,'2027-01-18T09:00:00.000000+00:00','round_opened','office','round/1','6900ee3afa6512efd655b817a439b645219c627ed2bb7dc47e99ea39acde0dfd',X'6AD64EA4957D5DB51A6125CE2DF8AFD35FF54FC35119EEEFDCCDF3FA630F0BA5',X'2343853870E208B31D77950A321E3DC86EEE74C649CE83E494DC96C48104C0D9');
INSERT INTO "audit" VALUES(5,'2027-01-18T09:00:00.000000+00:00','printed','worker','round/1','8c3b0750a90f7f37c932a5d959b732e2addc7cc44427a6195203161787164238',X'74309350EBDBA5A219CBE131BAFDAD72250F5D8F2CD4DE5C79CF24B904EBD6AF',X'2343853870E208B31D77950A321E3DC86EEE74C649CE83E494DC96C48104C0D9882C66835A98A349C69CFE7292A1E1A59F00177F94D10C11291496DEACA0BAD4');
INSERT INTO "audit" VALUES(6,'2027-01-19T09:00:00.000000+00:00','answered','link/3','invitation/2','c08c163e67062ffa80842b161de6c8f5479b7c1b6cb8394ed0fba4b39823af4d',X'D852F7461EF34AB16DB30FAB5711A202953BDE619B98933D8BF02BDF0D5010FB',X'2343853870E208B31D77950A321E3DC86EEE74C649CE83E494DC96C48104C0D99AD59651AE2715D37AA4F45D9B289303BFC1F32A4723791F4513F5C458B622A9');
INSERT INTO "audit" VALUES(7,'2027-01-19T09:00:00.000000+00:00','round_extended','office','round/1','6559fd18d9848945137b284d46ee9d13648a80a38120f08bd9cc710652b8cdbc',X'EDDBF8064A8F7592410DB220DC3E27FB0F13525BC19F35F1D02571AED6FCFAC9',X'2343853870E208B31D77950A321E3DC86EEE74C649CE83E494DC96C48104C0D99AD59651AE2715D37AA4F45D9B289303BFC1F32A4723791F4513F5C458B622A9888E4BD4048C258C0B81E53E6D5C496FAE874ED322943251796405E98D09A8F3');
CREATE TABLE audit_details (
  seq     INTEGER PRIMARY KEY REFERENCES audit(seq),
  salt    BLOB NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;
INSERT INTO "audit_details" VALUES(1,X'767312E72C1D892A81C40B248F755F19','{"name":"Städteforum Öffentlicher Raum e. V."}');
INSERT INTO "audit_details" VALUES(2,X'D7344937E60214A0F3A4A9C21483ED25','{"changed":[["new","01","",[]],["new","01","buergermeisterin@musterhausen.example",[]],["new","01","buero@musterhausen.example",[]],["new","02","",[]],["new","02","rathaus@beispielstadt.example",[]],["new","03","",[]],["new","03","markt@aehringen.example",[]],["new","04","",[]],["new","04","",[]],["new","99","",[]],["new","99","niemand@nirgendwo.example",[]]]}');
INSERT INTO "audit_details" VALUES(3,X'4F1BFFED6D53D9361CF9B3B2B103C24A','{"digest":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a","edition":1}');
INSERT INTO "audit_details" VALUES(4,X'93D648E692547FC7C7926B22F8322815','{"deadline":"2027-04-01T00:00:00+02:00","digest":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a","members":["01","02","03","04"],"paper":"leitgedanken"}');
INSERT INTO "audit_details" VALUES(5,X'9687A02587C93CD94054E032D7E37139','{"kind":"draft","pages":1,"seal":"","sha256":"86273a6566330a86ef9c9c80a6abf6468e6a09c740fe06e4d4796384de23eba8","size":1380}');
INSERT INTO "audit_details" VALUES(6,X'797F1B8B9911B937319CD27BB1220DEF','{"answer":{"declaration":null,"expected_body":"","expected_on":null,"filled_in":{"email":"hauptamt@rathaus.example","name":"Sachbearbeitung","unit":"Hauptamt"},"kind":"decline","reason":"Der Rat wartet den Modellversuch ab."},"member":"02","number":1,"text":"073a908545db35ef200cf7023f541d6d9ccf96cde4071fb1d094d4e16a0fb74a"}');
INSERT INTO "audit_details" VALUES(7,X'F1369CC183ABED7A15736B3E8E96E3DA','{"deadline":"2027-04-08T00:00:00+02:00"}');
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
INSERT INTO "bound_rows" VALUES(1,'association','[1]',X'01B5DA9F6698E8BADD0544029D793D1F',X'16043CAE0D338210921FF2B2835C87506F4598E8545AF6D4652EA39FDE76F5FD');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["accessibility","de"]',X'6B0815FCB720F99ED5FAB8BFAC39FBA8',X'92BDD94167D1CCE755849DCDD0F768866A60465186902BDFDF092C32931F3E20');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["accessibility","en"]',X'B4F72267C1A0F1D17A522B4F89AEE069',X'FE3E2891A821AED69BBD132BD00D2D43EA5CFBFCF091951F72A873A70F255B22');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["imprint","de"]',X'211AEFDB6CDC1BED80B4E4B031ACEB13',X'4C87A5988EB77CC59C3E33FF37CBC6A2C9D6ECF096DA8579D2E9216FF6F08019');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["imprint","en"]',X'4409A25E4DA315A2E31E65A23FC07756',X'B3CDEEC8159E61B4BD107BF027DB56237E5CAC2DEBC2582798879A26CD02C210');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["privacy","de"]',X'D7A195D1B7606B575FCB6BD706B0BBBB',X'C9EFEB8658BB224D8370823854A3255B8DB6DE254DE631807573645DFF0194A3');
INSERT INTO "bound_rows" VALUES(1,'legal_texts','["privacy","en"]',X'94EE8628F15BEC07C203C69AE289ABA4',X'756008FC33CE9425F0F1ADF49D0A63E43B474E6D2FAD46A6EFD6DEC495155D7B');
INSERT INTO "bound_rows" VALUES(2,'members','[1]',X'B6EE6B6F8D02057612978A7062A92D08',X'C702F41B9F52A3C543B6B31F7E913A1B27332E93AE60CC612979EB93A7B4A187');
INSERT INTO "bound_rows" VALUES(2,'members','[2]',X'48E66A8D2656C998B07FA790835B9EB4',X'8EAAC2ECA5F8CEE29A346749728BE3E931951BD1DC74816BBE7914688DE668B9');
INSERT INTO "bound_rows" VALUES(2,'members','[3]',X'F5516CA2FBB5D44E6DAEB819A62C2DDB',X'3D3512D4D658B142C783E75604C4D3E83D30F7A95EA9E8F02CC97FB5A8FA0FDE');
INSERT INTO "bound_rows" VALUES(2,'members','[4]',X'B8C0E6A589D2BD16201D06B4F1D14E8D',X'40C52CE0E92F415E15429401D3AEF69CAD5EE4361258BEEF9BDAE54296B6F087');
INSERT INTO "bound_rows" VALUES(2,'members','[5]',X'B2A12758FF2C34A8BE3A8C86445B7CF1',X'449EF5B7EBBAAC46D4B69C8E7170FD15A74A72A5239F9211319C5B9F1FABF5A9');
INSERT INTO "bound_rows" VALUES(2,'representatives','[1]',X'56EF9CD3D11EDC3B87A0D82C46AF0E07',X'E9A3A77EBAF7263D65C07BEF8CA901E311677256EA97121D23407D6602B80585');
INSERT INTO "bound_rows" VALUES(2,'representatives','[2]',X'9CF1397D5EFC2530274D33F9EAB08EDC',X'0C51CA9C7EC2D532EF1DF0F067F23DB9FE325A0FC23A245DC2C3596579186D8A');
INSERT INTO "bound_rows" VALUES(2,'representatives','[3]',X'184F23ACE84DB3B25A4012049AC7EC2B',X'9AA58E9AB3F5332159ABA182E23E67861330B7A980E882A92C7974527AEF1F5E');
INSERT INTO "bound_rows" VALUES(2,'representatives','[4]',X'0E81C7EEE4A1E46A71D5006C2707F316',X'1EC85B1B88BEDE49C4E8BB656749005665E32B71E281196849D09F307F375CE1');
INSERT INTO "bound_rows" VALUES(2,'representatives','[5]',X'284C59D3EDDF65C1E0B84672F008DA6F',X'233127A638BB5571332712F6F26D5F54BC4E441808275604D5638C9EAD81906C');
INSERT INTO "bound_rows" VALUES(2,'representatives','[6]',X'2F267258748E35A8CE6F23FA62FD2F1B',X'5E6429035450B5249844334763C7B411B3C320240508158E5505853AF29476EC');
INSERT INTO "bound_rows" VALUES(3,'editions','[1]',X'E6C39211AB27F2C7B5FFE9F39EBDE4CF',X'5BAFC8AC931D889A5116D35DDC258DC363B151F03B773C74D594BC3E6209A6C7');
INSERT INTO "bound_rows" VALUES(3,'papers','[1]',X'8ED9769C004F1A9272351E8D04337BB3',X'5CC98234EDA43EFFA1742ED05918DF218E254F3CEC4CE56051DBE13E346A50A7');
INSERT INTO "bound_rows" VALUES(4,'invitations','[1]',X'D2B19512AB909140A38B9DC7261E1C90',X'CEA924D3368D07F1037F2DE8A5BB9EC2CB06AD48C9E91C4C18C3E9BEECC441B4');
INSERT INTO "bound_rows" VALUES(4,'invitations','[2]',X'97AD5CB439C25A56FCEE6909815CF4FE',X'1D70B32655EF399376ED5B7AB229C48442BD990DB15A1F092415C692A579BCB9');
INSERT INTO "bound_rows" VALUES(4,'invitations','[3]',X'083ED5964063D9D2EAB019789279DCE6',X'D66A4D7CB0B69965E032D9E5580D36F169CD3DAC21B902C88F6B1158441E0D28');
INSERT INTO "bound_rows" VALUES(4,'invitations','[4]',X'38764C23DF05571A04633010CF451D86',X'7947CA6C725495D3794025C9A20BC068026B723D1D7A25B3A3202BB46CA2C61A');
INSERT INTO "bound_rows" VALUES(4,'links','[1]',X'76C6217E431C1B60DA127D4D8ED20361',X'69AFE9CD124611703D8400F540FDAF34CD8A27E8CF63289ACD5B24E7ABCC86BB');
INSERT INTO "bound_rows" VALUES(4,'links','[2]',X'1CBA18E0B094BA8C6C3B664101DDF11A',X'97A40C0FF6CB0E5ECD253A300521624558C58311EE36105721AE0BD92A7E0823');
INSERT INTO "bound_rows" VALUES(4,'links','[3]',X'72E9571524A3313A22657EF37A094F4A',X'E9E1B37959C47FC1881E92B3926F3A769B02B88CC30D86D6028A551879536388');
INSERT INTO "bound_rows" VALUES(4,'links','[4]',X'11BE133F406983A2B1F59E894A2F02CF',X'DB9F401A9BC3E30C0CFACE95F3366ED2794B44AAC259F3534C122094803284CB');
INSERT INTO "bound_rows" VALUES(4,'links','[5]',X'AC6318465D6BC03164648CB24DB49656',X'FF2AF5328D8FB9B67802FA5EAB5B3B525249F62AED395D16450E55D8E2D28D6E');
INSERT INTO "bound_rows" VALUES(4,'prints','[1]',X'82BD132A0074B853BF9B243C775BA95D',X'A8691F2C6A2EB6A7336353DDCB32658DF616E8005F106ACCD5C385004B6F9E5F');
INSERT INTO "bound_rows" VALUES(4,'prints','[2]',NULL,X'0CDEB15679D9134072AD68ED712E031A4139CEA5F631C38D5923D6DDE22043C6');
INSERT INTO "bound_rows" VALUES(4,'rounds','[1]',NULL,X'96E4E7CF75BB6C647C8B3ED38355312760E14997EB2D9C22656104F84B1E9FB6');
INSERT INTO "bound_rows" VALUES(5,'prints','[2]',X'B495CDAD38112522A095E377FB4FB515',X'4357B664A01CB5ABD7EC894480ACF6E364E72B78B692CC77205DD1BBF5CB63B1');
INSERT INTO "bound_rows" VALUES(6,'answer_people','[1]',X'DBE2A8634754024A16C47E6863AD5CED',X'329A3DBD285B9FFFB473734BF39EC405FF930587F31A79E4EA691BF8DC26B0E4');
INSERT INTO "bound_rows" VALUES(6,'answers','[1]',X'36A23316ADEFED09903B0CAEC777421F',X'EFA40AFE3C58FDAA7173CC452883474B355B4FCE96B52CD3FAEE8B160662C118');
INSERT INTO "bound_rows" VALUES(7,'prints','[3]',X'11CA64C4EDB969759FEA3D7EB5FA9644',X'7294E027575BDF21D574BCFF1D5F0B3909DD9F4C13C259250858521A4825632B');
INSERT INTO "bound_rows" VALUES(7,'rounds','[1]',X'3321931CDF7C6CA5CA252F6F9EEC296A',X'A456E307B2D8F3F9C14730B9D02E1BF8DA018B9D359CE4A3CD17C1AA3D5A938F');
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
CREATE TABLE failed_renewals (
  release_id  INTEGER PRIMARY KEY REFERENCES releases(id),
  failed_at   TEXT NOT NULL,
  valid_until TEXT NOT NULL, -- of the timestamp that stands
  error       TEXT NOT NULL
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

The web server keeps an access log with the time, the address requested, the result, the amount of data and a shortened IP address. It serves secure operation and is deleted after [7 days]. Links of representatives do not appear in it. The legal basis is our legitimate interest in secure operation (Article 6 (1) (f) GDPR) [public bodies: Article 6 (1) (e) GDPR with the relevant provision].

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

Every change is recorded in a journal: what happened, when, and by whom (our office, a link or the software). Entries cannot be altered later without this being noticed. Personal details are kept in a separate part which can be erased without weakening the journal as evidence.

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

Diese Erklärung gilt für die Webseiten unter {auftritt} und für die dort veröffentlichten PDF-Dateien (Herausgeber: {name}). Maßstab sind [§ 12a BGG oder die Vorschrift Ihres Landes], die Barrierefreie-Informationstechnik-Verordnung (BITV 2.0) und die Norm EN 301 549.

## Stand der Vereinbarkeit

Dieser Auftritt ist mit den genannten Anforderungen [eine der drei zulässigen Aussagen: vollständig / teilweise / nicht] vereinbar.

Bei der Entwicklung des Programms wurde darauf geachtet, dass

- alle Seiten ohne JavaScript und allein mit der Tastatur bedient werden können,
- jede Seite eine Überschrift, jedes Feld eine Beschriftung und jede Fehlermeldung einen Verweis auf ihr Feld hat,
- die Seiten bei 320 Pixel Breite und bei einer Vergrößerung auf 400 % lesbar bleiben,
- Farbe nie das einzige Merkmal ist und Kontraste ausreichen,
- PDF-Dateien ausgezeichnet sind und als PDF/UA-1 und PDF/A-3a erzeugt werden.

Einen Teil davon prüfen automatische Tests bei jeder Änderung des Programms. Was sie ergeben haben, steht am Ende dieser Seite.

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

This statement applies to the web pages at {site} and to the PDF files published there (publisher: {name}). The standards are [section 12a of the German BGG or the law of your state], the German accessibility regulation BITV 2.0 and EN 301 549.

## Conformance

This site is [one of the three permitted statements: fully / partially / not] compliant with these requirements.

The software was developed so that

- every page can be used without JavaScript and by keyboard alone,
- every page has a heading, every field a label, and every error message a link to its field,
- the pages remain readable at a width of 320 pixels and at 400 % zoom,
- colour is never the only signal, and contrasts are sufficient,
- PDF files are tagged, and produced as PDF/UA-1 and PDF/A-3a.

Some of this is checked by automatic tests whenever the software changes. Their results are at the end of this page.

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
INSERT INTO "links" VALUES(1,1,'uR5gv1e_Lnb4x475kpbOgA',1,1,'Büro Musterhausen','buergermeisterin@musterhausen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(2,1,'2ST4V7YSuH8zSlDC-o_cZA',1,2,'Büro Musterhausen','buero@musterhausen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(3,2,'P1H4Y0DelEql3YtKbz6wMw',1,3,'Büro Beispielstadt','rathaus@beispielstadt.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(4,3,'MuVyWHpvNQpcdbYiZYy7ww',1,4,'Büro Ähringen','markt@aehringen.example','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
INSERT INTO "links" VALUES(5,4,'djpeJqzylVHA5whSR0AfbA',1,5,'Büro Briefdorf','','','2027-01-18T09:00:00.000000+00:00',NULL,NULL,'','',1,'',0);
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
  attachment TEXT NOT NULL CHECK (attachment IN ('draft', 'calendar', 'motion', 'receipt')),
  PRIMARY KEY (kind, attachment)
) STRICT;
CREATE TABLE mail_copies (
  id    INTEGER PRIMARY KEY,
  kind  TEXT NOT NULL,
  email TEXT NOT NULL CHECK (email <> ''),
  UNIQUE (kind, email)
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
  copy_of        INTEGER REFERENCES outbox(id) ON DELETE CASCADE,
  UNIQUE (kind, link_id, number),
  CHECK ((link_id IS NOT NULL) + (account_id IS NOT NULL) + (application_id IS NOT NULL)
         + (copy_of IS NOT NULL) = 1)
) STRICT;
INSERT INTO "outbox" VALUES(1,'invitation',1,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'buergermeisterin@musterhausen.example',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(2,'invitation',2,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'buero@musterhausen.example',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(3,'invitation',3,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'rathaus@beispielstadt.example',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(4,'invitation',4,0,'2027-01-18T09:00:00.000000+00:00',1,'2027-01-18T09:00:00.000000+00:00',NULL,'2027-01-18T09:00:00.000000+00:00',NULL,NULL,'',NULL,NULL,NULL,NULL,'markt@aehringen.example',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(5,'receipt',3,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(6,'extended',1,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(7,'extended',2,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(8,'extended',3,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(9,'extended',4,1,'2027-01-19T09:00:00.000000+00:00',0,'2027-01-19T09:00:00.000000+00:00',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,'',0,'',NULL,NULL,'',NULL);
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
CREATE TABLE renewals (
  sha256     TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  release_id INTEGER NOT NULL REFERENCES releases(id),
  size       INTEGER NOT NULL CHECK (size > 0),
  renewed_at TEXT NOT NULL
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
INSERT INTO "sent_mails" VALUES(1,X'7801BD59DD72D348167E9533A6B6066A2C5BCA2F913D19A0020C0B81A90466B666CC45CB6AD93D915A9E562B21A1A68A77D8AABDDADAE58267E08A2BFC263CC97EA725053B214130A9A5A8386EB5BA4F7FE73BDF397DF2B22333A1D24E489DA89466224D265561A551FA5656F22F53511652F7E40B91CD52D9E952672A452C4D81777EFBADB32B8B424CA4F760871F0D953E54565895EBDE46B4B5B5B9E1AFF9AB2208B662D90B7AFEAD341F8B749A1776BBF3BC4BBF757684756BEEE6BA4BC14DFABBD0B4E2AF6C52E0873EFFA7EFFCC0F7ABC9F74C9EF12EA3CEBE9DBF89AD4C72536634FF5792486D53359E4A437B0243B2473FF7461D1A66CA9E483CD0A59EDC2AAC90CD5BCD816A3B9EE6BCF09DF93B93D3EEC2B969D80A967A953D394B8FBD6AADFBB2184FE76F125B00C53495ED6DD92FA3DFE5D83A835441AB418F76E76FCC890326A4BDF9BBF14126D3184722692269A5A693923EBCFACF23A9EC44C6421F48FDE1D5BFBBF4736E2602D3767FF51855CFF7FD80AEEF5B11DBA563DEA8007E04D77B0F62E7C97461ADDE59B7DD2E6DEEC14EC06BA59B2F786422B534F0685C2DF70FCFCDDB93C52CD785C40BB399015F78FD274FEE75891F3BCCBAB4F7B84B8FF71E779E83161D2B5F58A6646D7EA1CB2C93265C3AC6488FF4BE9C1A9A48FCB492764406204A1DD38FD218A9BB3C231605FD94178A1959CCC44C8121E781A2A3D2C4924446C14A8F1EE787328B3011906D50C47E4CF3828360A41F979A223EB4A62365E87719CB8276817AAA644C605E2195963C724ABB2E89B4C8F9D9FCED47A28EF4338DE82AECFC9D3D614FC6A5194F2956921EE659566A89DD46FA57475E69DD83F37E2338E0079E77876D22A1ED510E2C34ED639D4815230D4B30369E76CFF0A84B2B6B1C5ECF80E0F5DDBBFBBFDE70FB3D05F25DBAE3CE5C16C5616E5244B74375897789D271BDCD1498866CC3D4DA59D8EF9F7225BC09BAF58B7EA5235E3ED5D23B29998F3CFB17A92B3335C2D392281362E8343D52FA800E10CD203165F3B7780A679255B359BDA3D20E8EDB31930938A772A41F4CF185EE98FCA800AA74D6087702DE03CA45FBA0B6C46F9A1E96E6649CC3F5BBCFF69F7A77F77CDFA170BFB41C51478ABDCEC67AA0EAE2BB131559C27EBC0643C62EA69F76EEB96D1C03801C28C41B595847E721E5377EC94DECB104AACABE6A1198E0918327C28307804D333474DFC84CB1B8690B4A4AC59B03DBA24B98C193D8E9A52E2A82B26DBCF13EA8087EB194674AF71026C09DF51DA15A91985F6326921615030B99E1546EFAA9293CA9F2D409E471FE46C76A420558D0450046F5E6CC5E00351111B3CF317211363607FACEB33E2E2269BFD2479C909D98D18FC83874C4D09901B660E320A4290077FC908A65C69D8DA9E2D0DAC1ACC5982308191D30683F4B638D98387C7940D21FA54855A24E405BB040A6F2C09A5C2B86B4C26BA2852D4D8F9E00F965B545C8C7CEC826466B4840AC894CE6EFA04303BA1DA5D2E59BCAC6436916E3BE82DC21E92C675C23234AECAE2B8B1FE6DA422EA06307F3B7CEAF0C0BDDAE629BA31AE865741701E8D87CCFE0B06C393B857D0A3E1B4C319C27B49C4215B1D348DF030C52FF407B25B2E52957840EC95F5909686D33F0BD60E526D420FFF0EA9F3B396DE123D86085E8D23D537D5DE5AF37BA6E8F915ED61B175E4A1692EE7ABB282ADCAE3B10604ED0CCCF74FE9659C6F15E20E08B41453BE715114DA423D219C84FE66FA6A9754BC1C1941809645CAAE78098BF9BFFB78AD0B3E916C9A1558D00603C8F5ACEEED649B300A5B031055D5AF7373636E9E1FC6D8A95461A44C4F91F23908C933576A382C43A519BC894B5599786401633D2AD6A8B01074C2153C4D4C775A1FB08070E84CCAD3DD213852482E8E235F34FD66E009133EFD466AEDE1B7E13E7637B3C93C423DB233DE44F4AA1CFDF8F3AB11C75DC188A3DFECCA415349E0A53488BC7A54DBC9BD50CF74423F962F850C9A31932104AAF31680CA5C2E0918AEDF4FB581EAAB1F4DC972E298D942C52AF403928BF0FCEAF34CED3DCE0F15466B06461B5544D902E62610ECEBF54A0C0E0FC177B8BAF1797BE6F954DE5F69DFF57A135EC571B02D2C21E63E7110A6D192B41D7511B25D0E125DB4377D21BF49203BC37E35CFC9222313E98981CDC0AE95AB016AC07097DA3323E3A227200B0801D1E2541B292DC5C7AF4A75B272B8111166A26465B511CAF7E6262CA82890D91A7A4A90CC3BA6BD1BABFE97F7AFAC1C2B2622B8A9265D3AAFDA3D2DA5C9F3DC985D353E4937461DD6035585F593FBB3F961EF61B4C877DBEA53071A33C3EA6712A8A02546400471DC6C04DC448260C2227F4073311C70821FCB600EFB5C4FD1B54405DAB361E24A0B697884CA5C7E1B7FB72924B7AF6E0DBEE6D0346770BA10B0F35884AAA79853A9161B0317B31E06D8918520FD91B2C0E57D6662F2A16C7EAF0D4A45815B3541C873AD772908917CD6C7F80C2D424697E144E55CCE9BDB3DDA63EA40B8A43CE986D6BC3611F16329C5620BD91C911B58013351762DCDDF7106455A08F3AB8B0FD8D630ED79E1A55CCF5EB1154E163E05C8F54CCAABE6C0FAD715BC428A7D44463748CD5A5C19B8DBB1A2F3172C4A856F0B5B16AC36F4CF812A316B9E2CE17F2E99C5BAAAF5816BE750678F05A5EDA30512F643CE04B8CE70E12A632B1A7CEF38E8C9885421F1FE1BA5AAB2C0E3EB4F1294D9923E70FED4539C226ABC85487643304348A3C55315D1BFBE3D578BDE21E8A28A65994A731706A9510A14F2E6CFAB52F2AC3CEC0EFD97CE6C8DB444D63DACDC621B3538F3501467EE3AFCB6E75C3FE8C2970D9EB975FFA5A2CF01577C2F7AF9B4BE1FBD7E76E8574659742FAEC9DB03EDE34B808DF05D15961622EC94DE59E369A01FD0C3EE7880B646518711413D21BCAEAC9F692C8BC7FED3A190EC4CDFA0AFAFEF5C73B280BB87BABD7C28F5F7B57AD97BE4C33BE4ABA1623B8CA700B31BC9854826435111B833A848D88555984552A180A42B19F40FABEE0360DA9ADF39BCB940BBB36A94469C78308D7E2832666C36005AAC142DAA4B73AD9B9F4B6201D9592C5729CA3B7833E8A4B4CD01377F14D390354B7D7A6F930EC8B6D2723F801F9E83BA02B323576BA0264C1CE5A24C04FC88433C91951E54EB67089C6B0BB31793D58DFDC1403743D622F32521C84EE2774378585ED316C41B72B6D58B85BE495F42B5A587E1A8B4B7D8DD358A37A8932BD5054EA8CE971220B595700EE305567E63759A04ACB7FA563F245ED92613F554CAFCFD873251D95BFD84EF91253AFA2E37275ED1677CB842AB782FA8ADA3100FBEA7A31744923A6E5B1AEA8577359A3A6B1A45FBA1BF96575D0C5FD9C8F49049DB5F0BBB52DF477B8BD83EE0E34B7D160482AAED0A721DC5C71AADC74360720DE97BA44ACF1ED3B45671AD3E71A452D34EC8AFA482D76BAB0CDD4E2DDB35DA8AA166A5978BBCA97CB6F9737F9AE75FE5680862FAEEECB57D8469CB9287717CDBAB070DF3F7D31689B58E1F6CF55E36DBA6C97F7CD5AE0FA256D35D701FBEC1F325B75D5A84553ADB67ED16F75C5F3C91AA8CFFD0806B55F77DDB82527AC45C7108D5AEBFEAAFAFCCFFF01DF8882D9');
INSERT INTO "sent_mails" VALUES(2,X'7801BD59DD72D348167E9533A6B6066A2C5B727E914D06A800C342602A01660BCC45CB6AD93D915A9E562B21A1A68A77D8AABDDADAE58267E08A2BFC263CC97EA725053B21C130A94D51712CF5CFE9EF7CE73BA70FAF5B32132A6D85D48A4A69F29B5959586926A22CA4EEC857229BA6B2D5A6D6448A589A02035FBC68EDC8A21063E9DDDFE65703A50F941556E5BAE38B95A4E7CB35B1BA299224F03B41C7BF99E623914EF2C26EB55EB6E9456B5B58B7E64EAEDB146CD2DF85A69EDFDBA0C00F7DFE473FF981EF5783EF9A3CE35D86AD3D3B7B175B99E4A6CC68F6AF2491DAA66A34918676051EC90E3DEB0C5B34C8943D9678A14B3DBE5958219B59CD816A3B9EE4BCF0EDD90793D3CEDCB969703E16F5D45D394D8FBC6A817BB2184D66EF125B00BA3495CB1BB05746BFCB917556A88256820EEDCCDE9963874648BBB30FA3FD4CA631CE41D244D24A4DC7257D7AF39F8752D9B18C85DE97FAD39B7FB7E9596EC602C3769E7B0CA5E7FB7E4057F7AC88EDC2D9AE55A83E5485F5EEC7CE7DE9DC5A9DD3BEBA55DADC839DC0D44A375EF093B1D4D2C08D71B5DC3F3C376E5716D35C171213A6530392F0FA8F1FDF6D13BF7698B569F7519B1EED3E6ABD04175A56BEB24CBEDAFC429759264DB8708CA11EEA3D39313496F86D256D8B0C40943AA65FA43152B779442C0AFA352F14D3B0988AA9022DCE024587A58925898C825E871EE507328B301090AD53C47E4CF382993FD48F4A4D111F5AD3A132F4BB8C65413B403D553226D0AD904A4B7E72C2B53689B4C8F9DDECFD67760EF5538D902AECEC833D664FC6A5194D2856921EE459566A89DD86FAB963ACB4EEC559BF111CF0338FBBCD3691D0F63007169AF6B04EA48AA1862578369AB44FF1A84DBD558EA9A740F0EACE9DBDE7D7DC7E4F807C9B6EBB33974571909B1421ED505DE05DA2745C6F3301A621DB30B1761A76BB275C093741B76ED1ADC4C3CB275A7AC725F39147FF267565A6464C5A1265420C9DA6874AEFD33E421824A66CF61E6FE14CB26A3AAD7754DAC1712B663201E7540EF5FD09BED06D931F1640954E1BE14EC07B40AE680FD496F84BD383D21C8F72B87EE7E9DE13EFCEAEEF3B14EE959623EA50B1D7D9580F549D9F3B569125ECC76B3064EC62FA75FBAEDBC63100C88142BC9185757416529EF15B6E628F754F55F6558BC0048F1C3C115EDC076C9AA1A17B46668A154D5B50522ADE1CD8166DC2081EC44E2F755111946DE38DF74045F08BF53B53BA833001EED228CC301589791A3391B4A81858C80CA772C34F4CE14195A78EA189B3773A56632AC082360230AA3767F602A8B188987D8E91F3B0B13910751EF57911497B953EE284ECC48C7E419AA14386CEF4B1051B07214D01B8E387542C33EE6C4C1587D63646CDC71C41C8689F417B268D3562ECF0E50792FE2845AA12750CDA82053295FBD6E45A31A4155E632D6C693AF418C82FAA2D423E764636315A4302628D6532FB001DEAD3AD28952EC954361E48331FF715E40E496739E31A195162775D59FC20D71672011DDB9FBD777E6558E85615DB1CD5402FA33B0840C7E6BB068765CBD929EC53F0D96088E13CA1E504AA889D86FA2E6090FA67DA2D91224FB82274487EAF17D0EA46E07B416F136A907F7AF3CFED9CAEE32358678568D35D537D5DE1AFD7DA6E8FA15ED41B175E4A1692EE783B281FDCAEDB1060CECACCCF74F69E59C6F15E20E08B7E453BE715118DA523D229C88F67EF26A9754BC1C1941809645C7EE780987D98FDB78AD0D3E916C961A9C200C0781E2D39BA5D27CD0294C2C614B469CD5F5FDFA007B3F729561A6A1011E77F8440324ED6D88D0A12EB446D2C53D6665D1A02590C9D5F4FF491B978A51481F47931883D6280D99FD50B2A240E816D79A5312256820A1CDB5F2CD83A43CD9977623357D90D7E88F3913D9A4AE2275B433DE04F4AA1CF3786AD580E5BEE192A3CFECCA415349A0853488BD7A54DBCCD6A847BA3917CF1F840C9C3293210EAAD11680CA5C2C34315DBC98D581EA891F4DC9736298D942C52AF400D286F0467571AE5696EF07A22335832B75AAAC64817B130FB672715283038FFC5DEFCF4E2C2F956D9546EDDFE7F155A836EB521202DEC11761EC259325682AEA2364AA0C30BB687EEA4D7E835077867CAB9F8354562B43F3639B815D2956035580B12FA41657C7444641F60013BBC4A82A4976C2EBCFAD3AD9395C0080B3503A3EB511CAF7C6160CA82890D91A7A4A90CC3BAABD19ABFE17F79F8FEDCB2E27A14258BA655FB47A5B5B93E7D927387A7C827E9DCBAC14AB0D65B3BBD3F961E741B4C075DBE9A3071A33C3EA2512A8A02546400872DC6C00DC4934C98B1D2A1DF9F8A384638E1AF3978AF24EEA75F0175A5DAB89F80DA5E2232951E853FEEC9712EE9E9FD1FDBB70C18DD2E842E3CD4202AA9C615EA5886C1FAF415629AF0C3907AC8DE6071D85B9DBEAA581CAB83139362554C537114EA5CCB7E265E35A3FD3E0A5393A4F961385131A7F7D6D632F5219D531C72C65CB6361C746121C36905D21B991C510B38517321C6DD250F415605FAB0855BDADF38E670EDA951C558BF7E822A7C049CEB2715B3AA2F5B036BDC1631CA2935D6783AC2EAD26066E3AEC64B8C1C31AA157CCB58B5EE37267C8B51F35C71E70BF974CE2DD5572C0BDF3A033C782D2F6D98A85732EEF325C67307095399D813E77987464C43A18F0E7147AD5516071FD8F884A6CC91B387F6A21C61935564AA43B27904348A3C55315D19F9A39578ADE21E8A28A65994A731705A2A21429F5CD8746B5F54869D82DFB3F9D491B7899AC6B4CDC621D3138F3501467EE3AF8B6E7583EE942970D1F48B2F7D4B2CF01D77C28F6F9B4BE1C7B7676E8574699742FAEA9DB03EDE24380FDF39D1E9313117E4A672CF329A01FD0CBEE68873646510711413D21BCAEAF1D682C87C7CEB3A190EC48DFA0AFAF1EDE73B280BB89BD559C28FDF7B57AD97BE4833BE4BBAE623B8CA7073313C9F5482642511EBFD3A848D88555984552A180842B19F40FABEE1360DA9ADF39BCB9473BB36A94469C78308D7E2FD2666C3A007D560216DD25B9DEC5C7A9B938E4AC96239CAD1DB411FC52526E889BBF8A69C01AADB6BD37C1874C5969311FC827C741DD015991A3B5D013267672D12E02764C299E48CA872275BB84063D8DD98BC16AC6D6C883EBA1EB1171929F643F71BBA9BC2C2E5315C826E97DAB070B7C84BE9572C61F9492C2EF4354E628DEA25CAF45C51A933A6C7892C645D01B883549D1ADF64812A2DFF958EC937B54B06DD5431BDBE62CFA57454FE623BE55B4CBD8C8ECBE5B55BDC8513AABC14D497D48E01D897D78BA10B1A314B1EEB927A3517356A1A4BBAA5BB915F54079DDFCFF99C44D0590B7F5ABD8EFE0EB777D0DD81E6361A0C49C515FA24849B2B4E959B4EE700C4FB429788357EF94ED1A9C6F49946D1121A76497DA425763AB7CDB4C4DCD35DA8AA165AB2F076952F97DF2E6FF25DEBECAD000D5F5CDD17AFB08D387351EE2E9A7561E1BE7FF962B06C6285DBBF568D2FD365BBB86FB604AE97D556E3DEF3B25D35D79EFB7A53ADB67EDE6F75C5F3C51AA8CBFD0806B55B77DDB82527AC45C7108D5AEBFE2BF5E59FFF03F6867A19');
INSERT INTO "sent_mails" VALUES(3,X'7801C559DB6EDC4612FD95CA188BC4C8706ED6CD9C89D636643B5E474E20C5C922993C3487C5998EC8E66CB329590A02E41F16D8A7C5AE1FFC0D7EF293E74FF2257BAA49CA3392258F13016B189249F6A5FAD4A953D5E55F5A9C299DB6426A59E566AA2CEE45AC8BB9E6B4702A761D7EA1B279CAAD36B566AC62B605C6FEF8636B9F8B424D3978B2279F46DA1C6BA79CCE4DE76EB2D3DB8C94521BD116EFC4DCE9777AF7D27CA2D2595EB8DDD64F6DFAB1B5A79C5F733F376DEAEFD0DF94A1416FB04DFD5ED893BFF479AFDFEB55831FD93C935DC6AD43B778153B4E725B66B4F85792B071A99ECCD8D281C22BEED0779D718B469976678C0FA634D37B380937B39A03D5767C9BCBC20F166F6C4E0F960F4EA36BF1A8A71FF03C3D0DAA451E7331992D5E25AE281CA729AF6FC46119FDCC13E72DD105DDE977687FF1CA9E7944423A58BC991C659CC6380BB18DD8B1A1B3927EFFED3F5FB176538E953962F3FB6FFF6ED377B99D2A0CDBFF211038835EAF37A0CF1EDB7CF15FA6A71627F46E5D3DEBED0AE6AF74E18227B1F767BAB470E7A2F3EE972E0F60344076ECC72B793365C3000D6FBC8BFF1EF871075CCC73533026CCE716AC91F5BFFEFA519BE4B307B04D07CFDAF4ECE059EB27CC6C397EE18490F5590A536619DB70E54C633336873CB33465FC744C7B2A032AA589E94BB6964D5B46C4AAA06FF2420B2F8BB902ABED7B50A393D2C64C2AA3FEA043CFF263CE220C047E5B148953D3BC28D874C6E659692892431B3AD1967EE6980BDA870B52CD31817F056BC3F2E69C7C6D526991CBB7C5EB77741D9BE7C62196DCE28D3B13B7C6A59DCC28D670529E65A561EC36363F780AB3F31F3EE0448237FE2A931E8881A48C3BC9018CA1432C1AE9626C6016DE4D66ED0B0C6BD3604322EE39E0FC6CFFE1E10FB7FDE6DFC20D6D104500288BE238B72902DE43BCC2C8449BB8DE66068043B161E6DC3CEC76CF8913EE8088DDA29B95880D1BE433C3C159294C95D1DFB3A9CC34885847AA4C487034F495364774840007BD295BBCC65778969C9ECFEB1DB5F1D8DC8F8559003DE5B17932C3033DB0F9490188E9A211FE04B207C48C0EC173C6BF0C3D2DEDD924070FF69F1F7E1B3C3CE8F53C0A8F4B27B17682C061983A360178BB3C77AA2347D84FD610C8C4DFF4CDDE23BF8DA70390039F642307EBE832A432E3FBDCC681A8A2AEECAB168109017978A0CAF404B01981861E5BCEB4E89D71700F6BD91CD8166DC20819244E2F4D51B1556C938D0FC14B904D5C9069D341CC0077B61A336CC5689926B424A32A3A169CE1547EF8B92932A8F2D419DCB97865623DA5022C68231AA37A73A132809AAA48D8E719B90C9B9803C99751EF16613AAC941327142766F42512129D087476882DC438486C0AC03D3F588BE6F8B309553C5A7B18B51C800455A32301ED3BB6CEAAA9C7575E30FDA354A94EF419680B1670CA47CEE6460BA4155E53A35C693BF435905FD561C47FEC8D6C02B68604C49A72B27803511AD2FD28659F822A1B8FD92E8B4005B947D25B2EB8465695D8DD54163FCD8D837640D48E16AFBD5F0516BA5FC5B64435D0CBE82102D0B3F991C561C572718AF8147CB618622583189E4122B1D3D83C020C6CFE4A072512E839579409A93718F46963BBDF0BFA831DA841FEFB6FFFDCCBE92E7EF5B74421DAF4C8568F77E4F176DBEF3136AB7AE3C34B73C1F430D8477DE177DD831A4BCE167EA68BD7C23289F702015F0C2BDA79AFA868CA9E4817203F5BBC9AA5CE2F0507536219C8F8EC2F01B178831487B38DCDC5448C4CB156D980A941406B8E6ED3BED7B2029492DCDA6FD3666F6B6B9B9E2E5EA7DE0C1011E77F8640B25ED6C48D1A12EB456DCAA968B3292D812C96AE2D363A63234973E6325FA88D3E89F3893B9D33C99BDDB119C96F4AA1A65F8C5B318F5BFE1DAA35F99DB1533499295BB0C3E7D225C14E35C27F31C89B787DACF9648E7C81DA6902D24157F0F244C76EF645CCC77AC2817F689336C8A62A0D0AD473FC45FFF24A933CCD2D3ECF3883254BABA57A0A718F953DBA3CA9406D20D92A0E96A717D7CE77DAA5BCFBE0FF52308DBAD5EEC0B770A730636CEE651C6B459FA1C64920A12B0709FDB16FD32F129B9DB9A4D15F285293A3A9CD418B906EF537FA9BFD843ED199E080601A023900894F493F19243B2B9F7EF5EB642500C342CDC0E86E14C777DE333015ADC386483148BECDF08D68B3B7DD7BFFF0A3A565D5DD284A564DABF68F4AE77273F124570E4F910AD2A575FB77FA9B83CD8BFB63E951B7C174D4953B87B038CAE3539AA4AA28C04B0170DC120CFC40BCC9949D6A13F6867315C7DA4CF1AF25786F25FECFB03AF9AD6AE361029E0789CA747A1A7E7AC8D39CE9F9934FDBF72DE8DD2E942902940F3AA9C615FA8CC3FED6FCC550B625124803245E503A1C6CCC5F54948EF5F1B949316E51A93A0D4D6E7898A917CDE8DE1005A64DD2FC249CE95832736BF7A3EB3CBAA2C893CCB76E8D37EAC25CC1D629A429B239E219D8A27642F4FBAB1CC2AF9280710B77B1BF4834E26253438CB1BDFA0D4AEB0940AFDF5434AB1E7647CEFA2D6294457A6AF07682D5D96266E3BBC665022309C41596EB58B5D56B4CF818A39689E3CF17CAE9BC8FAA472C0B477B0302B8302F5D98E8171C0FE56612F883842927EEDC93C18955F35099D313DC446BFDC5C1472E3EE7AC10E6F2A18328470C6515B3EAF86C5E018D224F754CB726BDC99D78B322228A21E15C94A731705A2BB141AC7C0C756B5F54865D803F70F9DC33B909A1C6B49DC621F3738F35D146BDC65FD75DD546DDB950E0BAE9D7DFE4D658E00F5CF4DEBE6C6E7A6F5F5EBAEAD18DDDF4E88317BDFA78B3FE55F82E29D04088B9A23D957B3E5A40A0ACFD0F79E50A8D194512D284C4875A79BABBA2386F5FFAC6854774BBBE57BE7DF9EE6229D2EE6775D670EA1FBD80D64B5F27207F48C796C3B9CA7D4B01BD9C6EFAC99D446D0DEB78B62AD66511564962A408157C021DFC882B3274B7CE7C3E872EEDDA24196D3C2922DC758F9A000EFB034888A86A93F8EA34E813DF928E54B216F32447158A4E894F5910177F9B4D251D5457D2A6A330EAAA5DAF29F8012DE97AA02B323576FAD264C9CE5A314056688637C91B516555B17085D3B0BB3179B3BFB9BDAD866865C44164591D85FE2744388585EB63B806DD6EB40BE1AF8637D28458C3F2F3585C69569CC71AD54B94E9950A53A7CF40B25A2822037047A9BE30BE4909558EFE336D908FEA818CBAA9167A7DC09E1B6993FCC91EC9C7987A136D949BEBA1F86B2954792DA86FA8C702B06FAEC142D77457D63CD60D3560AEEBBE3496744B7F71BFAE28BABA49F32E89A05D167EBE71174D1BE9D9A06503CD6D3418928A9BF6790837979F2A375DCC0188F795D68F68FCFAED9F0BDDE64BDD9F3534EC869A436BEC7465EF688DB9175B4B552DB46615EECB60A9C57DDE948BD7E52B02BAB8B8D4AF5E6E1B71960ADD5F41EBC2C23FBFFF96B06E6285DB3F549AAFD33ABBBE19B606AE37D82BAB775BC6B9AE50DE5BB374A5B3202074EB669A74DA947368DBA15BEAFCFF76FEF4EBFF00EDDE5A8A');
INSERT INTO "sent_mails" VALUES(4,X'7801BD59DD72D348167E9533A6B6066A2C5BCE3FB2C90015C2B090309500B305E6A265B5EC9E482D6FAB953F6AAAB8D837D8AABDDADAE58267E08A2BFC263CC97EA72505DB218961524B81134BDD7D4E7FE73BBFBC69C854A8A411502315E6C0DE157264941E4ADD92C7221D27B2D1A4C6488A489A1CAB5EBD6AECC83C1743E93DDAE2573DA50F95155665BA154603E9DF96A1BF8E7F71BCD1EAB4FCBB493610C928CBED66E375935E35B6847567EE64BA499D0DFAABD0B4E42FAD53C70F7CFE4B3FF91DDF2F176F9B2C6529FDC6BE9DBC8FAC8C3353A434F9571C4B6D13351849437B028F648B5EB4FA0DEAA5CA9E4ABCD0851EDECDAD90F5AEFA42951ECF323EF8FEE4A3C968F28FEAD2D8FE7514AA4D7B729C9C78E5D687321F8C26EF639BE75626895C5CF47E11FE2E07D6C957392D775AB433796F4E1D0E01ED4D3E0E0E529944B80149134A2B359D16F4F9ED7F9E4865873212FA40EACF6FFFDDA41799190A2CDB79E931889EEFFBCB7473872FF1E556B74A309FA8DC7A8F2267B564EAA0D6BC89EE1536F3A024A0B4D2AD17FC04A49006D68BCAE3FEE6B9757B321F673A97D8301E1B7083CF7FFA74BB49FCDA01D6A4BDDD26EDEEED365E83020D2B8F2D13AED23DD7459A4A13CCDCA1AFFB7A1F54A4A1C4A795B42552A050E8887E91C648DDE41591C8E9D72C57CCBE7C2CC60A6C388F121D1526922452EA2CB568373B94698885C06B8D42366292E53908DFD7BB85A6902FADE94819FA5D4632A71D409E28191158964BA5253F39A35893449267FC6EF2E10B29FBFAB9B6F0183BF9684FD98C516106238A94A4C7599A165A425A5FBF74449596E05D34673402FA3FF3A2FBAC10096D8F3200A1691F87842AEF6BA881678351738E414D5A5A613F7A0EF86EEE3CD87F79CB097B06D89B74DF5DB8C8F3C3CC24706307E90CE362A5A34ACC088006ACC3C8DA71D06E9F1125D800D1DA793B2DC07DE365232DBDD38299C8AB7F93BA5453C30F2D892226C64DD313A50FE8006E0BFA523AF980B7B02459351E5712957620DD8B98490039917DFD68842F74DF64473920A57925DC0D580683B80F5E4BFCA6E971614E0719ECBEF37CFF99F760CFF71D0A0F0BCBBE74A4D8E4ACAC079E4EEF1DAAD012E4F1190C19DB977EDDDA76629CF9811CF8C3822CB4A3F390F28EDF3213791CEB54A95F790854F0C8C113E2C523C0A6191A7A6864AA388A690B3E4AC5C2816DDE24ACE0456CF442E7253B593716BC0F1E825C6C8254E9167C04B84B846FF869C960DEC634242D4AFAE532C5ADDCF23355785169A9539873F25E476A483958D084F7859570A62E801A8A90D9E718390D1BAB8340CEABBE1C2269BF8C8CB8211B31A55F4491D3114367BA10C1CA21842600DCF1432A8E31EE6E4C1587D616564D3B1C218AD10183F6421A6BC4D0E1CB0F24FDBD10898AD529680B16C8441E589369C59096780DB5B08569D153203F1B67E1EF9153B276D00A12106B28E3C94704A12EDD0B13E9124BA9E3A134D34E5F42EE90749A33AEA11105A4EB52E3C799B68815086207930FCEAE0C0BDD2B7D9BBD1AE8A5F4000EE8D8BC6D7059D69C8DC236059F0D9618CE105A8E101221A9AFB70183D43FD35E81B478C615A103F297963AB4B2DEF1BDCED206A241F6F9ED3FB732BA8D1F9D358E104DDA36E5D765FE7AABE964F4F56CBC71EEA5642EE981B7837AC149DD42F4E54CCCFC4C261F9865ECEF391C3EEF96B4735611E1503A22CD417E3A793F4AAC3B0A06A6D84820E3723A3BC4E4E3E4BFA587CE275A6486858A0100E379B4E0EA26EDB858968352104C9D26ADFA6B6BEBF478F221C1497D0D22E2FEBB7024E3C21A9B5121C4BAA0369409C7665D1802590C5D5046E0B29C1E4736752557EF87281BD893B1247EB2D9D73DFE4909E2E89D7E2392FD867B86EA8B7FA6D20A1A8C84C9A5C5EBC2C6DE46B9C2BDD1C890787CA8E4D1189902B5D000744344C1C32315D9D19D481EAA81F4DC9726298DBC29122F477D26EF74CE9F34C892CCE0F548A6D064EAB4440D11D6231419E737E5A802384F45DEF4F6FCD2FD56D9446EDEFFBF9442BD76290D78E6F60462FBFA6E2A2325E826AA9718C17246F1C05DF316BD612F6C8D3961BEA1500C0E8626030102BAD159E9AC7662FA41A57C6FB84D17480138BC8A3BF152BC31F3EA0F774E5A00201C542F0C6F8751B4FC9585094735084432419AAD97AF84ABFEBAFFF5E50753C78ADB6118CFAA56CA0F0B6B333D7F930B972708FAC9D4B99DE5CEEAD2EABC7C1CDD6BD798F6DADC33306BC32C3AA14122F21C3C6400FB0DC6C02DC41338CA50E9C0EF8E4514A1F1C06F53F0DE88DD9F6E79F31BA5E06E0C5E7BB148557212FCB82F8799A4E78F7E6CDE33A07333173AF75028A8B85C97AB531974D6C6C75D164BC4907A48B1A070B0B4323E2E291CA9C3339522958F137112E84CCB6E2A8EEBD57E17A5A38993EC2818A988737063F3CA0A8E2E28DF38A72D5ABDF5DA508FB1B40209884C067F0596A88AE0DDAEF5827B952EDE6FA077FA0B7B1B5A920A52ACF5AB2728920700B97A52D2AAFCB2D9B3C6898850F0A8A1C6D3014E97063B6B5BD52662D888212DB15B44AB35BF56E15B949A268ABB5FC0B7733629BFE25818D629E0C164596183581DCBA8CB3D86E72E122432B66796F38E8C1807429F1CA173ACE22B2EDEB3D119479920E72FED85197C262D9954F963FD0868E459A222BA31F007CBD16A493C9439CCB1304B22E0B450CA4270723ED3AE6C512A3607BF67B3B1636EED32B56A1BB541C66716ABBD8BFCDA5E97355DBDF6982970D9F6CB7BB2050EF88E96EDD3BBBA67FBF4EE5CD346D7D6B3D1952D5B75BD51E7227CA722CE12137326D694E6B93260207276AEB2C20531A517B20B13121BAADEE1E64C84F9F4CE8D181C82EB5587F8E9DD97169143B7DBD55AC088DFDB4A56475F1630BE2B6E4DBB6F99DBA61C783A9D74E2E558AC752BFF352252451E9449A02708B5788CB8F70DCD2EE26C95D95C8E9C925A2711A51D094274AD07B5C3069D25840C8EA27562ABD29C4B6C5371A30C63911C6498BB60C6E152128289EB4B130EFF657359CF067A6DB1E962083E103BDA0EE8924CB59EAEF498D2B38A102027628453C92951664DD67086C3D0BB5679B5B3BABE2EBA184A445E68A43808DC27826E020D17C77001BA5DEB3CC13579D7324E5840F3335F9C193B9CF91A554714C98511A54A971E67B180830AC0ED256A6E7D9D02CA9CFC67061ADF34CDE8B513C5F4BA429F6B1978FCC969C7B7A87A1D0391EB9B86B80613517921A8AF695A02B0AF6F544297CC4916BCD6358D522E9BA3D49AB40BD7885F56045D3C6EF9924430F80A7E5AB98DF10B4F5F307C41CCAD6330422A3AE73317AE9B9B3237CDE700F8FBCC108763FCE2839CB9B9F1B939CE0231EC9AC63C0B48BA700AB4C0DEF92151590B2D5875BBB2976B6F9737B9D13ADF12601E8BA67DB679AD833357E4AEC5AC0A0BF7FDEB5DC1A2891566BFAA145F640876F9586B015CAF65EA55C99946B8AA4DBE5AADB47966C0D76F5763319E99096B317AC3C4D3BAFF877CFDC7FF00D7502FFA');
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
INSERT INTO "short_codes" VALUES(1,1,'7abe2b7ccf3981ad','04d71b1eacb6ab3b3024878e17060f5d72d05ca7779843494309ea0700f08c1f');
INSERT INTO "short_codes" VALUES(2,1,'7abe2b7ccf3981ad','207a876751a61ef3be3d318fb3575f294ebec6150a9407068f45697f46e9d461');
INSERT INTO "short_codes" VALUES(3,1,'7abe2b7ccf3981ad','4d5151d11614d69ffda4ff1cc5e4c2607f7e2b8a6f3d0942ee41375f724245a1');
INSERT INTO "short_codes" VALUES(4,1,'7abe2b7ccf3981ad','7273b23d01d4c2b0417929a3a69d4e155577a5508fce7229dd327319411f2768');
INSERT INTO "short_codes" VALUES(5,1,'7abe2b7ccf3981ad','72c890cb702d9e706b5325cf0d16413cc8996038b1ac2103719729e680fee967');
CREATE TABLE subscriptions (
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  topic      TEXT NOT NULL,
  frequency  TEXT CHECK (frequency IN ('at_once', 'daily', 'weekly', 'never')),
  last_entry INTEGER NOT NULL,
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
  last_entry  INTEGER NOT NULL,
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
CREATE UNIQUE INDEX outbox_of_a_copy ON outbox (copy_of, number) WHERE copy_of IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_failed ON outbox (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX outbox_bounced ON outbox (bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX outbox_undelivered ON outbox (link_id) WHERE bounced_at IS NOT NULL OR failed_at IS NOT NULL;
CREATE INDEX replies_to_read ON replies (invitation_id) WHERE settled_at IS NULL;
CREATE INDEX refusals_of_a_server ON refusals (server);
CREATE INDEX reminders_of_a_link ON reminders (link_id);
CREATE UNIQUE INDEX one_pending_approval ON approvals (act, subject) WHERE ended_at IS NULL;
CREATE INDEX checkpoints_of_a_round ON checkpoints (round_id);
CREATE INDEX renewals_of_a_release ON renewals (release_id);
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
CREATE TRIGGER renewals_stay BEFORE UPDATE ON renewals
BEGIN SELECT RAISE(ABORT, 'a renewed file never changes'); END;
CREATE TRIGGER renewals_are_kept BEFORE DELETE ON renewals
BEGIN SELECT RAISE(ABORT, 'a renewed file never changes'); END;
CREATE TRIGGER renewals_are_larger BEFORE INSERT ON renewals
WHEN NEW.size <= (SELECT size FROM releases WHERE id = NEW.release_id)
  OR NEW.size <= COALESCE((SELECT MAX(size) FROM renewals WHERE release_id = NEW.release_id), 0)
BEGIN SELECT RAISE(ABORT, 'a renewed file goes on where the one before ends'); END;
CREATE VIEW renewed_releases AS
SELECT releases.*, COALESCE(renewals.sha256, '') AS renewed_sha256, COALESCE(renewals.size, 0) AS renewed_size
FROM releases LEFT JOIN renewals ON renewals.release_id = releases.id
  AND renewals.size = (SELECT MAX(size) FROM renewals WHERE release_id = releases.id);
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
