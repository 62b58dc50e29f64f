"""Sections on where the territory stands: the essentials, alerts and commitments, access by profession, the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vigie import charts
from vigie.editions import alert_words
from vigie.editions.figures import KNOWN, unit
from vigie.editions.observatory import Observation, Territory
from vigie.editions.promises import aim
from vigie.editions.standings import VERDICTS, territory_standing
from vigie.reports import maps, model
from vigie.reports.facts import LEAST_DENSITY, PROFESSIONS, UNDER_DENSE, Facts, grown, kinds, known
from vigie.reports.maps import short_name
from vigie.reports.messages import three
from vigie.reports.model import Block, Cell, Section
from vigie.reports.press import FAMILY, FONTS
from vigie.sources.published.targets import commitments as promised_commitments
from vigie.territories.perimeters import PERIMETER
from vigie.territories.phrases import sentence

_RECOMPUTED = "{}_recalculee"


# The essentials ---------------------------------------------------------------------------------------------------


def essentials(facts: Facts) -> Section:
    """Three messages, the key figures, and the degree of response that the alerts add up to."""
    tr = facts.voice.tr
    blocks: list[Block] = [
        model.messages([{"title": one.title, "text": one.text, "tone": one.tone} for one in three(facts)]),
        model.tiles(_tiles(facts)),
    ]
    degree = _degree(facts)
    return Section(tr("L'essentiel", "In short"), [*blocks, *([degree] if degree else [])])


def _tiles(facts: Facts) -> list[Mapping[str, str]]:
    tr, found = facts.voice.tr, []
    apl = facts.last("apl_mg")
    found.append(
        _tile(
            facts,
            "apl_mg",
            tr("consultations de généraliste par an et par habitant", "GP consultations a year per inhabitant"),
            "low" if apl is not None and (apl.value or 0) < UNDER_DENSE else "fair",
        )
    )
    if facts.territory.level == "commune":
        minutes = tr("minutes jusqu'aux urgences les plus proches", "minutes to the nearest emergency department")
        found.append(_tile(facts, "temps_urgences", minutes))
    else:
        share = tr("de la population en commune sous-dense", "of people in an under-dense commune")
        found.append(_tile(facts, "part_pop_apl_mg_inf_2_5", share))
    doctors = facts.last("nombre_mg")
    alone = doctors is not None and doctors.value == 1
    several = tr("médecins généralistes sur place", "GPs on the spot")
    found.append(_tile(facts, "nombre_mg", tr("médecin généraliste sur place", "GP on the spot") if alone else several))
    count = facts.answer.alerts if facts.answer else None
    judged = len(facts.answer.judged) if facts.answer else 0
    rules = facts.voice.count(judged, tr("règle jugée", "rule judged"), tr("règles jugées", "rules judged"))
    found.append(
        {
            "value": facts.voice.number(count) if count is not None else tr("n. d.", "n/a"),
            "label": tr(
                *(
                    ("alerte", "alert")
                    if (count or 0) < 2 and not (count == 0 and facts.lang == "en")
                    else ("alertes", "alerts")
                )
            ),
            "note": tr(f"pour {rules} ici", f"for {rules} here")
            if judged
            else tr("aucune règle n'a pu être jugée", "no rule could be judged"),
            "tone": "low" if count else "none" if count is None else "fair",
        }
    )
    return found


def _tile(facts: Facts, indicator: str, label: str, tone: str = "none") -> Mapping[str, str]:
    last, tr = facts.last(indicator), facts.voice.tr
    if last is None:
        return {
            "value": tr("n. d.", "n/a"),
            "label": label,
            "note": tr("donnée non disponible", "not available"),
            "tone": "none",
        }
    whole = known(facts.france, indicator, last.period)
    ranked = facts.definition(indicator).direction != "neutral" and facts.territory.level != "france"
    france = f"{tr('France', 'France')} {facts.value(whole)}, " if whole is not None and ranked else ""
    return {
        "value": facts.value(last),
        "label": label,
        "note": f"{france}{facts.voice.period(last.period)}",
        "tone": tone,
    }


def _degree(facts: Facts) -> Block | None:
    answer = facts.answer
    if answer is None or answer.degree is None:
        return None
    tr, responses = facts.voice.tr, facts.desk.observatory.responses
    degree = next(one for one in responses.degrees if one.id == answer.degree)
    reasons = [facts.voice.of(one.title) for one in degree.reasons if one.id in answer.reasons]
    why = tr(" Motif : ", " Reason: ") + facts.voice.semicolon.join(reasons) + "." if reasons else ""
    quote = tr(f"« {degree.quote} »", f"“{degree.quote}”")
    title = tr("Degré de difficulté : ", "Degree of difficulty: ") + _lower(facts.voice.of(degree.title))
    words = tr("La Cour des comptes parle d'", "The Cour des comptes speaks of ") + quote + "." + why
    note = model.text(f"{facts.voice.of(responses.criteria)}", "note")
    return model.box(title, [model.text(words), note], "low" if answer.degree == "carence" else "none")


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


# Alerts and commitments -------------------------------------------------------------------------------------------


def worries(facts: Facts) -> Section:
    """The alerts of the territory, the rules that could not be judged, and the ten commitments."""
    tr = facts.voice.tr
    return Section(
        tr("Alertes et engagements", "Alerts and commitments"), [*_alerts(facts), *_watched(facts), _commitments(facts)]
    )


def _alerts(facts: Facts) -> list[Block]:
    tr, observatory = facts.voice.tr, facts.desk.observatory
    if not observatory.has("alerts"):
        return [model.text(tr("L'édition ne contient pas d'alertes.", "The edition holds no alerts."))]
    rules = observatory.alert_rules
    judged = facts.answer.judged if facts.answer else ()
    asked = [one for one in rules.values() if facts.territory.level in one.levels]
    asked = [one for one in asked if (facts.territory.population or 0) >= one.least_population]
    left = [facts.voice.of(one.title) for one in asked if one.id not in judged]
    blocks: list[Block] = []
    if facts.alerts:
        rows: list[list[Cell]] = []
        for one in facts.alerts:
            rule = rules[one.rule]
            severe = one.severity == "high"
            words = " ".join(
                facts.voice.of(part) for part in (alert_words.size(one, rule, facts.definition(one.indicator)),)
            )
            rows.append(
                [
                    {
                        "text": facts.voice.of(rule.title),
                        "strong": True,
                        "tone": "low" if severe else "none",
                        "sub": facts.voice.of(alert_words.SEVERITIES[one.severity]),
                    },
                    {"text": words, "sub": facts.voice.of(alert_words.lasting(one))},
                    {"text": facts.voice.of(alert_words.people(one)) or "—", "soft": True},
                    {
                        "text": facts.voice.of(alert_words.STATUSES[alert_words.step(one, rule).source.status]),
                        "soft": True,
                    },
                ]
            )
        columns = [
            (tr("Alerte", "Alert"), "left", "1.5fr"),
            (tr("Ce que disent les chiffres", "What the figures say"), "left", "2.4fr"),
            (tr("Population", "People"), "left", "1.2fr"),
            (tr("Seuil", "Threshold"), "left", "1fr"),
        ]
        blocks.append(model.table(tr("Alertes en cours", "Alerts"), columns, rows))
    elif judged:
        counted = facts.voice.count(len(judged), tr("règle jugée", "rule judged"), tr("règles jugées", "rules judged"))
        blocks.append(
            model.text(
                tr(
                    f"Aucune alerte en cours, sur {counted} pour ce territoire.",
                    f"No alert, of {counted} for this territory.",
                )
            )
        )
    else:
        blocks.append(
            model.text(tr("Aucune règle d'alerte n'a pu être jugée ici.", "No alert rule could be judged here."))
        )
    if left:
        words = tr("Non jugées, faute de données à ce niveau : ", "Not judged for want of data at this level: ")
        blocks.append(model.text(words + facts.voice.semicolon.join(left) + ".", "note"))
    return blocks


def _watched(facts: Facts) -> list[Block]:
    """The alert indicators of the Cour that are published for the territory, beside France."""
    tr, rows = facts.voice.tr, []
    for name, definition in facts.desk.indicators.items():
        here = facts.last(name)
        if definition.theme != "alerte" or here is None or facts.territory.level == "france":
            continue
        row: list[Cell] = [
            {"text": facts.voice.of(definition.title), "strong": True},
            _figure(facts, here),
            _figure(facts, known(facts.france, name)),
        ]
        rows.append(row)
    if not rows:
        return []
    columns = [
        (tr("Indicateur", "Indicator"), "left", "3fr"),
        (tr("Ici", "Here"), "right", "1fr"),
        ("France", "right", "1fr"),
    ]
    caption = tr(
        "Indicateurs d'alerte de la Cour des comptes publiés ici", "Alert indicators of the Cour published here"
    )
    return [model.table(caption, columns, rows)]


def _commitments(facts: Facts) -> Block:
    """The ten collective commitments: target, figure here where it is published, that of France, verdict."""
    tr, observatory = facts.voice.tr, facts.desk.observatory
    known_here = [one for one in promised_commitments() if one.id in facts.desk.indicators and facts.last(one.id)]
    local = facts.territory.level in ("departement", "region") and bool(known_here)
    france = {one.target: one for one in territory_standing(observatory, facts.desk.france) if one.stage == 1}
    here = {one.target: one.verdict for one in territory_standing(observatory, facts.territory) if one.stage == 1}
    rows: list[list[Cell]] = []
    for one in promised_commitments():
        if one.id not in facts.desk.indicators:
            continue
        standing = france.get(one.id)
        row: list[Cell] = [f"{one.number}. " + tr(one.title_fr, one.title_en), {"text": aim(facts.voice, one)}]
        if local:
            row.append(_figure(facts, facts.last(one.id)))
        row.append(grown(facts.voice, standing) or _figure(facts, known(facts.france, one.id)))
        national = standing.verdict if standing else "not_measurable"
        rows.append([*row, _verdict(facts, here.get(one.id) if local else national)])
    columns = [
        (tr("Engagement", "Commitment"), "left", "2.6fr"),
        (tr("Objectif", "Target"), "left", "1.35fr"),
        *([(tr("Ici", "Here"), "right", "1fr")] if local else []),
        ("France", "right", "1fr"),
        (tr("Verdict ici", "Verdict here") if local else tr("Verdict national", "National verdict"), "left", "0.95fr"),
    ]
    caption = tr(
        "Les dix engagements collectifs de la convention médicale 2024",
        "The ten collective commitments of the 2024 agreement",
    )
    return model.table(caption, columns, rows, "" if local else _not_local(facts))


def _not_local(facts: Facts) -> str:
    """Why the commitments have no figure of the territory's own."""
    if facts.territory.level == "france":
        return ""
    if facts.territory.level in ("departement", "region"):
        return facts.voice.tr(
            f"Aucun de ces chiffres n'est en accès ouvert {facts.phrases.at} : une table importée de l'Assurance "
            "maladie l'apporterait.",
            f"None of these figures is open {facts.phrases.at}: an imported table of the Assurance maladie would "
            "bring them.",
        )
    return facts.voice.tr(
        "Ces engagements sont publiés au mieux par département : un territoire plus petit n'a pas de chiffre propre.",
        "These commitments are published by département at best: a smaller territory has no figure of its own.",
    )


_TONES = {"late": "low", "moving_away": "low", "reached": "fair", "on_course": "fair"}


def _verdict(facts: Facts, verdict: str | None) -> Cell:
    if verdict is None:
        return {"text": facts.absent, "soft": True, "absent": True}
    return {
        "text": facts.voice.of(VERDICTS[verdict]),
        "soft": verdict == "not_measurable",
        "tone": _TONES.get(verdict, "none"),
    }


def _figure(facts: Facts, one: Observation | None) -> Cell:
    if one is None:
        return {"text": facts.absent, "soft": True, "absent": True}
    return {"text": facts.value(one), "sub": facts.voice.period(one.period)}


# Access by profession ---------------------------------------------------------------------------------------------


def professions(facts: Facts) -> Section:
    """The five professions: published value, interval of the recomputed one, comparisons; the trend for GPs."""
    tr, title = (
        facts.voice.tr,
        facts.voice.tr("L'accès aux soignants, profession par profession", "Access by profession"),
    )
    if not any(facts.last(name) for name in PROFESSIONS):
        words = tr(
            f"Aucune valeur d'accessibilité n'est publiée {facts.phrases.at}, pour aucune des cinq professions.",
            f"No accessibility is published {facts.phrases.at}, for none of the five professions.",
        )
        return Section(title, [model.text(words)])
    blocks: list[Block] = [_professions_table(facts)]
    drawn, said = trend(facts), _beside(facts)
    if drawn is not None:
        blocks.append(model.pair([drawn], said, (1.35, 1.0)))
    else:
        blocks += said
    return Section(title, blocks)


def _professions_table(facts: Facts) -> Block:
    tr, rows = facts.voice.tr, []
    for name in PROFESSIONS:
        definition = facts.desk.indicators.get(name)
        if definition is None:
            continue
        last, again = facts.last(name), facts.last(_RECOMPUTED.format(name))
        row: list[Cell] = [
            {"text": tr(*_TITLES[name]), "strong": True, "sub": unit(facts.voice, definition)},
            {
                "text": facts.value(last),
                "strong": last is not None,
                "absent": last is None,
                "tone": "low" if name == "apl_mg" and last is not None and (last.value or 0) < UNDER_DENSE else "none",
                "sub": facts.voice.period(last.period) if last else "",
            },
            _interval(facts, again),
        ]
        if facts.departement is not None:
            row.append(_beside_value(facts, known(facts.above, name, last.period if last else None)))
        if facts.territory.level != "france":
            row.append(_beside_value(facts, known(facts.france, name, last.period if last else None)))
        earlier = facts.earlier(last) if last is not None else None
        row.append(
            {
                "text": facts.voice.change((last.value or 0) - (earlier.value or 0), definition),
                "soft": True,
                "sub": tr(f"depuis {earlier.period}", f"since {earlier.period}"),
            }
            if last is not None and earlier is not None
            else {"text": "—", "soft": True}
        )
        if facts.territory.level != "france":
            spread = facts.desk.distributions(facts.territory.level).get((name, last.period)) if last else None
            fifth = spread.fifth(last.value) if spread and last and last.value is not None else None
            ordinal = {
                1: tr("1er", "1st"),
                2: tr("2e", "2nd"),
                3: tr("3e", "3rd"),
                4: tr("4e", "4th"),
                5: tr("5e", "5th"),
            }
            row.append({"text": ordinal[fifth], "fifth": fifth} if fifth else {"text": "—", "soft": True})
        rows.append(row)
    columns = [
        (tr("Profession", "Profession"), "left", "2.3fr"),
        (tr("Ici", "Here"), "right", "0.9fr"),
        (tr("Recalcul 2021 et intervalle", "Recomputed 2021, interval"), "right", "1.45fr"),
        *([(tr("Département", "Département"), "right", "1fr")] if facts.departement is not None else []),
        *([("France", "right", "0.8fr")] if facts.territory.level != "france" else []),
        (tr("Évolution", "Change"), "right", "0.95fr"),
        *([(tr("Cinquième", "Fifth"), "left", "1fr")] if facts.territory.level != "france" else []),
    ]
    caption = tr("Accessibilité potentielle localisée (APL)", "Local potential accessibility (APL)")
    levels = facts.voice.level(facts.territory.level, many=True)
    note = tr(
        "L'intervalle n'est pas un aléa de sondage : ce sont les valeurs basse et haute des variantes du recalcul de "
        "Vigie (distance, décroissance, activité), pour 2021."
        + (
            f" Le cinquième situe la valeur parmi les {levels}, du plus faible accès (1er) au plus fort (5e)."
            if facts.territory.level != "france"
            else ""
        ),
        "The interval is no sampling error: it is the lowest and highest of the variants of Vigie's recomputation "
        "(distance, decay, activity), for 2021."
        + (
            f" The fifth places the value among {levels}, from least (1st) to most access (5th)."
            if facts.territory.level != "france"
            else ""
        ),
    )
    return model.table(caption, columns, rows, note)


_TITLES = {
    "apl_mg": ("Médecins généralistes", "GPs"),
    "apl_infirmiers": ("Infirmiers", "Nurses"),
    "apl_kines": ("Masseurs-kinésithérapeutes", "Physiotherapists"),
    "apl_sages_femmes": ("Sages-femmes", "Midwives"),
    "apl_dentistes": ("Chirurgiens-dentistes", "Dentists"),
}


def _interval(facts: Facts, one: Observation | None) -> Cell:
    if one is None or one.lower is None or one.upper is None:
        return {"text": facts.absent, "soft": True, "absent": True}
    definition = facts.definition(one.indicator)
    ends = [facts.voice.value(end, definition) for end in (one.lower, one.upper)]
    return {
        "text": facts.value(one),
        "soft": True,
        "sub": facts.voice.tr(f"de {ends[0]} à {ends[1]}", f"{ends[0]} to {ends[1]}"),
    }


def _beside_value(facts: Facts, one: Observation | None) -> Cell:
    return facts.value(one) if one is not None else {"text": "—", "soft": True}


def trend(facts: Facts) -> Block | None:
    """The chart of the access to GPs by year: the longest series of one field that the territory has."""
    tr = facts.voice.tr
    name = next(
        (one for one in ("apl_mg_champ_constant", "apl_mg") if len(_years(facts.own.get(one, []))) >= 4), "apl_mg"
    )
    own = _years(facts.own.get(name, []))
    if len(own) < 2:
        return None
    lines = [charts.Line(short_name(facts.territory, 22), own, charts.INK, strong=True)]
    if facts.departement is not None and (local := _years(facts.above.get(name, []))):
        lines.append(
            charts.Line(
                facts.departement.name.replace("'", "’"),
                {year: local[year] for year in local if year in own},
                charts.ACCENT,
            )
        )
    whole = {year: value for year, value in _years(facts.france.get(name, [])).items() if year in own}
    if facts.territory.level != "france" and whole:
        lines.append(charts.Line("France", whole, charts.SOFT, dashed=True))
    label = tr("seuil de sous-densité : 2,5", "under-density threshold: 2.5")
    chart = charts.trend([one for one in lines if one.values], facts.lang, FAMILY, (UNDER_DENSE, label))
    field = tr(", champ constant", ", constant field") if name == "apl_mg_champ_constant" else ""
    caption = tr(
        f"Accès aux généralistes par année{field} (consultations par an et par habitant)",
        f"Access to GPs by year{field} (consultations a year per inhabitant)",
    )
    years = sorted(own)
    definition = facts.definition(name)
    alt = (
        caption
        + ". "
        + facts.phrases.name
        + tr(" : ", ": ")
        + ", ".join(f"{facts.voice.value(own[year], definition)} ({year})" for year in years)
    )
    return model.figure(charts.svg(chart, FONTS), alt, caption)


def _years(series: Sequence[Observation]) -> dict[int, float]:
    return {
        int(one.period): one.value
        for one in series
        if one.period.isdigit() and one.status in KNOWN and one.value is not None
    }


def _beside(facts: Facts) -> list[Block]:
    """What the chart needs to be read, and the table of its values where there are few."""
    tr = facts.voice.tr
    young, old = facts.last("apl_mg_65"), facts.last("apl_mg_62")
    items = [
        tr(
            "L'APL mesure l'accès potentiel : l'offre dans un rayon de vingt minutes, rapportée à ceux qui y "
            "recourent, "
            "pondérés par l'âge. Elle ne dit pas les rendez-vous réels.",
            "The APL measures potential access: the supply within twenty minutes, over those who use it, "
            "weighted by age. "
            "It does not tell actual appointments.",
        ),
        tr("Il n'y a pas de mesure publiée pour 2020.", "No measure is published for 2020."),
    ]
    if young is not None and old is not None:
        items.append(
            tr(
                f"En comptant les seuls généralistes de 65 ans ou moins : {facts.value(young)} ; de 62 ans ou moins : "
                f"{facts.value(old)} ({old.period}).",
                f"With GPs of 65 or less alone: {facts.value(young)}; of 62 or less: {facts.value(old)} "
                f"({old.period}).",
            )
        )
    if facts.territory.level == "commune" and 0 < (facts.territory.population or 0) < LEAST_DENSITY:
        people = facts.voice.count(
            facts.territory.population or 0, tr("habitant", "inhabitant"), tr("habitants", "inhabitants")
        )
        items.append(
            tr(
                f"Pour {people}, un médecin de plus ou de moins peut tout changer d'une année à l'autre.",
                f"For {people}, one doctor more or fewer may change everything from a year to the next.",
            )
        )
    return [model.box(tr("Pour lire ces chiffres", "How to read these figures"), [model.bullets(items)])]


# The map ----------------------------------------------------------------------------------------------------------


def geography(facts: Facts) -> Section | None:
    """The communes of the territory and those around them: access to GPs, and minutes to emergency care."""
    tr = facts.voice.tr
    level, territories, outline, place = _framing(facts)
    here = facts.territory.code if facts.territory.level == "commune" else ""
    blocks: list[Block] = []
    found = []
    for name, title in (
        ("apl_mg", tr("Généralistes", "GPs")),
        ("temps_urgences", tr("Temps jusqu'aux urgences", "Time to emergency care")),
    ):
        definition = facts.desk.indicators.get(name)
        if definition is None:
            continue
        subject = maps.Subject(
            definition, level, territories, title, place, here, outline, around=facts.territory.level != "france"
        )
        drawn = maps.values_map(facts.desk, facts.voice, subject, height=72)
        if drawn is not None:
            found.append(drawn)
    if not found:
        return None
    blocks.append(model.pair([found[0]], [found[1]]) if len(found) == 2 else found[0])
    words = _drawn(facts, outline)
    blocks.append(model.text(words, "note"))
    listed = _listed(facts, level, territories)
    if listed is not None and facts.territory.level != "departement":  # whose mesh is told further on
        blocks.append(listed)
    return Section(tr("La carte : le territoire et ses voisins", "The map: the territory and its neighbours"), blocks)


def _drawn(facts: Facts, outline: tuple[str, str] | None) -> str:
    """What the map draws paler and with a line."""
    if facts.territory.level != "commune":
        return facts.voice.tr(
            "En plus clair, les territoires voisins ; le trait épais entoure le territoire."
            if outline
            else "En plus clair, les territoires voisins.",
            "Neighbours are paler; the thick line is drawn around the territory."
            if outline
            else "Neighbours are paler.",
        )
    if outline is None:  # an island that belongs to no intercommunality
        return facts.voice.tr("En plus clair, les communes voisines.", "Neighbouring communes are paler.")
    if outline[0] == "commune":
        return facts.voice.tr(
            "En plus clair, les communes voisines ; le trait épais entoure la ville.",
            "Neighbouring communes are paler; the thick line is drawn around the city.",
        )
    if outline[0] == "departement":
        return facts.voice.tr(
            "En plus clair, les communes des départements voisins ; le trait épais entoure la commune, le trait fin "
            "son département.",
            "Communes of neighbouring départements are paler; the thick line is drawn around the commune, the thin "
            "one around its département.",
        )
    return facts.voice.tr(
        "En plus clair, les communes des intercommunalités voisines ; le trait épais entoure la commune, le trait fin "
        "son intercommunalité.",
        "Communes of neighbouring intercommunalities are paler; the thick line is drawn around the commune, the thin "
        "one around its intercommunality.",
    )


def _framing(facts: Facts) -> tuple[str, list[Territory], tuple[str, str] | None, str]:
    """What is drawn: level, territories, the outline around them, and where that is in words."""
    own = facts.territory
    if own.level == "commune" and own.kind != "whole_city":
        whole = facts.epci
        members = facts.desk.observatory.members(whole) if whole else [own]
        if len(members) > 120:  # the Métropole du Grand Paris: the département is nearer
            members = [one for one in members if one.departement == own.departement]
            return "commune", members, ("departement", own.departement or ""), facts.phrases.at
        return "commune", members, ("epci", whole.code) if whole else None, facts.phrases.at
    if own.level in ("region", "france"):
        level = "epci" if own.level == "region" else "departement"
        parts = facts.desk.parts(own, level)
        return level, parts, ("region", own.code) if own.level == "region" else None, facts.phrases.at
    outlined = own.level in ("epci", "bassin_de_vie", "departement", PERIMETER) or own.kind == "whole_city"
    outline = (own.level, own.code) if outlined else None
    return "commune", facts.members, outline, facts.phrases.at


def _listed(facts: Facts, level: str, territories: list[Territory]) -> Block | None:
    """The table beside the map: all its territories where they are few, the most populated ones otherwise."""
    tr, most = facts.voice.tr, 12
    if len(territories) < 2 or (facts.last("apl_mg") is None and facts.territory.level != "france"):
        return None
    shown = sorted(territories, key=lambda one: (one.code != facts.territory.code, -(one.population or 0), one.code))[
        :most
    ]
    names = [
        name for name in ("apl_mg", "apl_infirmiers", "temps_urgences", "nombre_mg") if name in facts.desk.indicators
    ]
    codes = [one.code for one in shown]
    values = {}
    for name in names:
        period = facts.desk.last_period(name, level)
        values[name] = facts.desk.values(name, level, period, codes) if period else {}
    rows: list[list[Cell]] = []
    for one in shown:
        own = one.code == facts.territory.code and level == facts.territory.level
        people = facts.voice.number(one.population) if one.population is not None else facts.absent
        row: list[Cell] = [{"text": one.name.replace("'", "’"), "strong": own}, people]
        for name in names:
            value, _ = values[name].get(one.code, (None, "missing"))
            definition = facts.definition(name)
            low = name == "apl_mg" and value is not None and value < UNDER_DENSE
            row.append(
                {"text": facts.voice.value(value, definition), "tone": "low" if low else "none", "strong": low}
                if value is not None
                else {"text": "—", "soft": True}
            )
        rows.append(row)
    headings = {
        "apl_mg": tr("Généralistes (APL)", "GPs (APL)"),
        "apl_infirmiers": tr("Infirmiers (APL)", "Nurses (APL)"),
        "temps_urgences": tr("Urgences (min)", "Emergency (min)"),
        "nombre_mg": tr("Généralistes sur place", "GPs on the spot"),
    }
    kind = kinds(facts, level, territories)
    caption = (
        tr(f"Les {len(shown)} {kind} de la carte", f"The {len(shown)} {kind} of the map")
        if len(shown) == len(territories)
        else tr(
            f"Les {most} {kind} les plus peuplées, sur {facts.voice.number(len(territories))}"
            if kind in ("communes", "intercommunalités")
            else f"Les {most} {kind} les plus peuplés, sur {facts.voice.number(len(territories))}",
            f"The {most} most populated {kind} of {facts.voice.number(len(territories))}",
        )
    )
    columns = [
        (sentence(kinds(facts, level, territories, many=False)), "left", "2.2fr"),
        (tr("Habitants", "People"), "right", "1fr"),
        *[(headings[name], "right", "1.1fr") for name in names],
    ]
    return model.table(
        caption,
        columns,
        rows,
        tr(
            "— : pas de valeur publiée. La liste complète est dans l'annexe tableur.",
            "—: no published value. The whole list is in the spreadsheet annex.",
        ),
    )
