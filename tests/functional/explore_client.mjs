// Opendatasoft's own client against a server of Vigie: only the address differs from a script that asks data.ameli.fr.
import { createRequire } from "node:module";
const require = createRequire(process.argv[2] + "/package.json");
const { ApiClient, fromCatalog, field, string, date, all, not, textSearch } = require("@opendatasoft/api-client");

const client = new ApiClient({ domain: process.argv[3] });
const ameli = fromCatalog().dataset("demographie-effectifs-et-les-densites");
const apl = fromCatalog().dataset("apl_mg");

async function refusal(query) {
  try {
    await client.get(query);
    return null;
  } catch (error) {
    return { status: error.response.status, code: error.details.error_code };
  }
}

const told = {
  catalogue: await client.get(fromCatalog().datasets().where(textSearch("pharmacies")).limit(5)),
  dataset: await client.get(ameli.itself()),
  isere: await client.get(
    ameli
      .records()
      .where(all(`${field("departement")}=${string("38")}`, `${field("profession_sante")}=${string("Chirurgiens")}`))
      .where((before) => `${before} AND year(annee)=2024`),
  ),
  totals: await client.get(
    ameli
      .records()
      .select("sum(effectif) as total, count(*) as lignes")
      .where("departement = '999'").where((before) => all(before, not("region='99'")))
      .groupBy("profession_sante")
      .orderBy("-total")
      .limit(3)
      .refine("annee:2024"),
  ),
  since: await client.get(apl.records().where(`level="france" AND year >= ${date({ year: 2022 })}`).orderBy("year")),
  facets: await client.get(apl.facets().where('level="region"')),
  exported: await client.get(apl.export("json").where('level="region" and period="2023"').select("code, value")),
  wrong: await refusal(apl.records().where("value >")),
  absent: await refusal(fromCatalog().dataset("nulle-part").records()),
};
console.log(JSON.stringify(told));
