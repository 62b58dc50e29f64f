"""The yearly national follow-up that the Cour des comptes asks for (2024, recommendation 2), as a report."""

from __future__ import annotations

from collections.abc import Sequence

from vigie.editions.followup import Expected, Followup, Inequality, Promised, Shown, followup
from vigie.editions.promises import aim, amount, verdict_sentences
from vigie.editions.standings import VERDICTS, Standing
from vigie.editions.voice import ENGLISH, FRENCH, Voice
from vigie.errors import Lang
from vigie.language import percent
from vigie.reports import closing, maps, model
from vigie.reports.desk import Desk
from vigie.reports.facts import grown
from vigie.reports.model import Block, Cell, Report, Section
from vigie.sources.published.targets import targets

_TONES = {"late": "low", "moving_away": "low", "reached": "fair", "on_course": "fair"}


def national(desk: Desk, lang: Lang = "fr", year: int | None = None) -> Report:
    """The follow-up of a year, or of all that the edition holds.

    Raises UnknownNameError for a year of which the edition holds nothing.
    """
    voice = FRENCH if lang == "fr" else ENGLISH
    found, tr = followup(desk.observatory, year), voice.tr
    when = (
        tr(f"tel que connu fin {year}", f"as known at the end of {year}")
        if year
        else tr("toutes les données de l'édition", "all the data of the edition")
    )
    sections = [
        _short(voice, found),
        _commitments(voice, found),
        _around(voice, found),
        _further(voice, found),
        _alerts(desk, voice, found),
        _inequality(desk, voice, found),
        _changed(desk, voice, found),
        _unmeasured(voice, found),
        closing.sources(desk, voice, _used(found), _method(voice)),
    ]
    return Report(
        title=tr("Suivi national de l'accès aux soins", "National follow-up of access to care"),
        eyebrow=tr(
            "Suivi annuel : promis, fait, changé, non mesuré", "Yearly follow-up: promised, done, changed, not measured"
        ),
        subtitle=tr(
            "Suivi annuel national de l'accès aux soins de premier recours",
            "Yearly national follow-up of access to primary care",
        ),
        facts=["France", when],
        lang=lang,
        edition=tr(f"Édition {desk.observatory.id}", f"Edition {desk.observatory.id}"),
        date=voice.date(desk.built),
        timestamp=int(desk.built.timestamp()),
        footer=tr("Vigie, observatoire ouvert de l'accès aux soins", "Vigie, the open observatory of access to care"),
        keywords=[tr("accès aux soins", "access to care"), tr("suivi national", "national follow-up")],
        sections=[one for one in sections if one is not None],
    )


def _short(voice: Voice, found: Followup) -> Section:
    """How many commitments are where, and the lead of the Cour."""
    tr = voice.tr
    by_verdict: dict[str, list[Promised]] = {}
    for one in found.commitments:
        by_verdict.setdefault(one.standing.verdict, []).append(one)
    tiles = [
        {
            "value": voice.number(len(by_verdict.get(name, []))),
            "label": voice.of(VERDICTS[name]),
            "note": ", ".join(f"n° {one.standing.number}" for one in by_verdict.get(name, []))
            if voice.lang == "fr"
            else ", ".join(f"no. {one.standing.number}" for one in by_verdict.get(name, [])),
            "tone": _TONES.get(name, "none"),
        }
        for name in VERDICTS
    ]
    measured = len(found.commitments) - len(by_verdict.get("not_measurable", []))
    lead = (
        tr(
            f"Sur les {len(found.commitments)} engagements collectifs de la convention médicale, {measured} ont "
            "une mesure "
            "publiée qui permet un verdict. Un verdict compare la dernière mesure à la droite qui va de la base "
            "à la cible, "
            "ou le rythme promis au rythme constaté.",
            f"Of the {len(found.commitments)} collective commitments, {measured} have a published measure that "
            "allows a "
            "verdict. A verdict compares the last measure with the line from baseline to target, or the promised "
            "pace with "
            "the pace seen.",
        )
        if found.commitments
        else tr("Aucun engagement n'était encore fixé.", "No commitment was set yet.")
    )
    cour = tr(
        "Ce suivi répond à la recommandation 2 de la Cour des comptes (mai 2024) : « établir au niveau national "
        "un suivi annuel de la "
        "politique d'amélioration de l'accès aux soins de premier recours ».",
        "This follow-up answers recommendation 2 of the Cour des comptes (May 2024): a yearly national follow-up "
        "of the policy on "
        "access to primary care.",
    )
    blocks: list[Block] = [model.text(lead, "lead")]
    if found.commitments:
        blocks.append(model.tiles(tiles))
    return Section(tr("L'essentiel", "In short"), [*blocks, model.text(cour)])


def _commitments(voice: Voice, found: Followup) -> Section | None:
    tr = voice.tr
    if not found.commitments:
        return None
    blocks: list[Block] = [
        _table(
            voice,
            found.commitments,
            tr("Les dix engagements et leur verdict", "The ten commitments and their verdicts"),
        )
    ]
    notes = [f"{one.standing.number}. {voice.of(one.difference)}" for one in found.commitments if one.difference.fr]
    if notes:
        blocks.append(model.box(tr("Quand les sources diffèrent", "Where sources differ"), [model.bullets(notes)]))
    return Section(tr("Les dix engagements collectifs", "The ten collective commitments"), blocks)


def _around(voice: Voice, found: Followup) -> Section | None:
    """The figures that documents give around the commitments, each with its date and its document."""
    tr = voice.tr
    rows: dict[tuple[str, ...], list[Cell]] = {}
    for one in found.commitments:
        for shown in one.shown:
            when, said = _period(voice, shown), _amount(voice, shown)
            source = found.sources.get(shown.snapshot, "")
            key = (str(one.standing.number), voice.of(shown.label), said, when)
            rows.setdefault(
                key,
                [
                    {"text": f"{one.standing.number}. {voice.of(shown.label)}"},
                    {"text": said, "strong": True},
                    when or {"text": "—", "soft": True},
                    {"text": tr(source, source), "soft": True},
                ],
            )
    if not rows:
        return None
    columns = [
        (tr("Chiffre", "Figure"), "left", "2.2fr"),
        (tr("Valeur", "Value"), "right", "0.9fr"),
        (tr("Date", "Date"), "left", "1.1fr"),
        (tr("Document", "Document"), "left", "2fr"),
    ]
    caption = tr("Chiffres publiés autour des dix engagements", "Figures published around the ten commitments")
    title = tr("Ce que disent les documents", "What the documents say")
    return Section(title, [model.table(caption, columns, list(rows.values()))])


def _period(voice: Voice, shown: Shown) -> str:
    parts = [part for part in (shown.period or "").split("/") if part not in ("", "..")]
    return " – ".join(voice.period(part) for part in parts)


_UNITS = {
    "points": ("points", "points"),
    "days": ("jours", "days"),
    "minutes": ("minutes", "minutes"),
    "percent": ("%", "%"),
    "percent_change": ("%", "%"),
}


def _amount(voice: Voice, shown: Shown) -> str:
    """A published figure with its unit and its sign where it is a growth."""
    decimals = 0 if shown.value == round(shown.value) else 1
    sign = "+" if shown.unit == "percent_change" and shown.value > 0 else ""
    number = sign + voice.number(shown.value, decimals)
    return voice.tr(*(f"{number} {unit}".rstrip() for unit in _UNITS.get(shown.unit, ("", ""))))


def _table(voice: Voice, promised: Sequence[Promised], caption: str) -> Block:
    tr, known = voice.tr, {one.id: one for one in targets()}
    rows: list[list[Cell]] = []
    for one in promised:
        standing = one.standing
        title = voice.of(standing.title)
        rows.append(
            [
                {"text": f"{standing.number}. {title}" if standing.number else title, "strong": True, "sub": one.owner},
                {"text": aim(voice, known[standing.target]), "soft": True},
                _latest(voice, standing),
                {
                    "text": voice.of(VERDICTS[standing.verdict]),
                    "strong": True,
                    "tone": _TONES.get(standing.verdict, "none"),
                },
                {"text": " ".join(verdict_sentences(voice, standing)), "soft": True},
            ]
        )
    columns = [
        (tr("Engagement", "Commitment"), "left", "2fr"),
        (tr("Cible", "Target"), "left", "1.1fr"),
        (tr("Dernière mesure", "Last measure"), "right", "0.95fr"),
        (tr("Verdict", "Verdict"), "left", "0.9fr"),
        (tr("Pourquoi", "Why"), "left", "2fr"),
    ]
    return model.table(caption, columns, rows)


def _latest(voice: Voice, one: Standing) -> Cell:
    pace = grown(voice, one)
    if pace is not None:
        return pace
    if one.latest is None or (one.rule == "yearly_growth" and one.pace is None):
        return {"text": voice.tr("non disponible", "not available"), "soft": True, "absent": True}
    unit = "percent" if one.unit == "percent" and one.kind != "yearly_growth" else "count"
    return {"text": amount(voice, one.latest, unit), "sub": voice.period(one.latest_period or "")}


def _further(voice: Voice, found: Followup) -> Section | None:
    if not found.further:
        return None
    tr = voice.tr
    title = tr("Autres cibles : des moyens au service d'un résultat", "Other targets: means that serve a result")
    return Section(title, [_table(voice, found.further, tr("Cibles de moyens", "Targets of means"))])


def _alerts(desk: Desk, voice: Voice, found: Followup) -> Section:
    tr = voice.tr
    rows: list[list[Cell]] = []
    for one in found.alerts:
        definition = desk.indicators[one.indicator]
        missing: Cell = {"text": tr("non disponible", "not available"), "soft": True, "absent": True}
        last: Cell = (
            {"text": voice.value(one.value, definition), "strong": True, "sub": voice.period(one.period or "")}
            if one.value is not None
            else missing
        )
        before: Cell = (
            {"text": voice.value(one.before, definition), "sub": voice.period(one.before_period or "")}
            if one.before is not None
            else {"text": "—", "soft": True}
        )
        rows.append([{"text": voice.of(definition.title), "strong": True}, last, before])
    columns = [
        (tr("Indicateur d'alerte", "Alert indicator"), "left", "3fr"),
        (tr("Dernière valeur", "Last value"), "right", "1fr"),
        (tr("Valeur précédente", "Former value"), "right", "1fr"),
    ]
    caption = tr(
        "Indicateurs d'alerte de la Cour des comptes, France", "Alert indicators of the Cour des comptes, France"
    )
    blocks: list[Block] = [model.table(caption, columns, rows)]
    if desk.observatory.has("alert_counts"):
        living = next((one for one in desk.observatory.people_by_alerts("commune") if one.space == "all"), None)
        if living is not None:
            share = voice.number(100 - living.shares[0], 1)
            people = voice.number(living.under)
            words = tr(
                f"{people} habitants, {share} % de ceux dont la commune a pu être jugée, vivent sous une alerte "
                "au moins.",
                f"{people} people, {share} % of those whose commune could be judged, live under one alert at least.",
            )
            blocks.append(model.text(words))
    return Section(tr("Les indicateurs d'alerte", "The alert indicators"), blocks)


def _inequality(desk: Desk, voice: Voice, found: Followup) -> Section | None:
    tr = voice.tr
    rows = [_gap_row(desk, voice, one) for one in found.inequality]
    columns = [
        (tr("Indicateur", "Indicator"), "left", "1.8fr"),
        (tr("Dixième le moins bien servi", "Worst served tenth"), "right", "1fr"),
        (tr("Dixième le mieux servi", "Best served tenth"), "right", "1fr"),
        (tr("Rapport", "Ratio"), "right", "0.7fr"),
        (tr("Rapport au début", "Ratio at first"), "right", "0.8fr"),
        (tr("Dans les dépt.", "Within dépts"), "right", "0.8fr"),
    ]
    caption = tr("Écart entre territoires bien et mal desservis", "Gap between well and badly served territories")
    note = tr(
        "Moyennes du dixième des habitants le moins bien et le mieux servi. Dans les départements : part de la "
        "variance entre EPCI qui tient aux écarts à l'intérieur des départements ; le reste est entre eux.",
        "Means of the worst and the best served tenth of the people. Within départements: share of the variance "
        "between EPCI that lies inside départements; the rest lies between them.",
    )
    drawn = _map(desk, voice) if rows else None
    blocks = [] if drawn is None else [drawn]
    blocks += [model.table(caption, columns, rows, note)] if rows else []
    blocks += _social_gap(voice, found)
    title = tr("Les inégalités entre territoires et entre personnes", "Inequality between territories and people")
    return Section(title, blocks) if blocks else None


def _gap_row(desk: Desk, voice: Voice, one: Inequality) -> list[Cell]:
    definition, first, last = desk.indicators[one.indicator], one.series[0], one.series[-1]
    none: Cell = {"text": "—", "soft": True}
    return [
        {"text": voice.of(definition.short), "sub": voice.level(one.level, many=True)},
        voice.value(last.worst, definition),
        voice.value(last.best, definition),
        none
        if last.ratio is None
        else {"text": voice.number(last.ratio, 2), "strong": True, "sub": voice.period(last.period)},
        none
        if first is last or first.ratio is None
        else {"text": voice.number(first.ratio, 2), "sub": voice.period(first.period)},
        none if last.within is None else _percent(voice, last.within, 0),
    ]


def _percent(voice: Voice, value: float | None, decimals: int = 1) -> str:
    return "—" if value is None else percent(value, voice.lang, decimals)


def _social_gap(voice: Voice, found: Followup) -> list[Block]:
    """The gap in médecin traitant between C2S beneficiaries and the others, by period."""
    tr = voice.tr
    rows: list[list[Cell]] = [
        [
            voice.period(one.period),
            _percent(voice, one.c2s),
            _percent(voice, one.others),
            {"text": "—" if one.gap is None else voice.number(one.gap, 1), "strong": True},
        ]
        for one in found.social_gap
    ]
    columns = [
        (tr("Période", "Period"), "left", "1fr"),
        (tr("Bénéficiaires de la C2S", "With C2S"), "right", "1fr"),
        (tr("Autres adultes", "Other adults"), "right", "1fr"),
        (tr("Écart, en points", "Gap, in points"), "right", "1fr"),
    ]
    caption = tr("Adultes sans médecin traitant", "Adults without a médecin traitant")
    titles = sorted({found.sources.get(name, name) for one in found.social_gap for name in one.snapshots})
    note = f"{tr('Source', 'Source')}{voice.colon}{' ; '.join(titles)}."
    return [model.table(caption, columns, rows, note)] if rows else []


def _map(desk: Desk, voice: Voice) -> Block | None:
    definition = desk.indicators.get("apl_mg")
    if definition is None:
        return None
    parts = desk.parts(desk.france, "departement")
    title = voice.tr("Accès aux généralistes par département", "Access to GPs by département")
    subject = maps.Subject(definition, "departement", parts, title, "France", around=False)
    return maps.values_map(desk, voice, subject, height=105)


def _changed(desk: Desk, voice: Voice, found: Followup) -> Section:
    tr = voice.tr
    words = {"increasing": tr("en hausse", "rising"), "decreasing": tr("en baisse", "falling")}
    rows: list[list[Cell]] = []
    for one in found.changed:
        definition = desk.indicators[one.indicator]
        first, last = (voice.value(value, definition) for value in (one.from_value, one.to_value))
        better = (one.outcome == "increasing") == (definition.direction == "higher")
        rows.append(
            [
                {"text": voice.of(definition.title), "strong": True},
                {"text": first, "sub": voice.period(one.first)},
                {"text": last, "sub": voice.period(one.last)},
                {"text": words[one.outcome], "strong": True, "tone": "fair" if better else "low"},
            ]
        )
    title = tr("Ce qui a changé, France entière", "What has changed, all France")
    if not rows:
        return Section(
            title,
            [
                model.text(
                    tr("Aucune série nationale ne bouge selon les règles de tendance.", "No national series moves.")
                )
            ],
        )
    columns = [
        (tr("Indicateur", "Indicator"), "left", "3fr"),
        (tr("De", "From"), "right", "1fr"),
        (tr("À", "To"), "right", "1fr"),
        (tr("Sens", "Direction"), "left", "0.8fr"),
    ]
    note = tr(
        "Règle de tendance : cinq derniers points et test du χ², ou premier et dernier point où il y en a moins "
        "; la couleur dit si le sens est souhaité.",
        "Trend rule: last five points and a χ² test, or first and last point where there are fewer; the colour "
        "says whether the direction is wished for.",
    )
    return Section(
        title, [model.table(tr("Séries nationales qui bougent", "National series that move"), columns, rows, note)]
    )


def _unmeasured(voice: Voice, found: Followup) -> Section:
    """What cannot be measured: commitments without a measure, and service commitments, with what would measure them."""
    tr = voice.tr
    rows: list[list[Cell]] = [
        [{"text": voice.of(one.standing.title), "strong": True}, voice.of(one.needs)]
        for one in (*found.commitments, *found.further)
        if one.standing.verdict == "not_measurable" and one.needs.fr
    ]
    rows += [
        [{"text": _service(voice, one), "strong": True, "sub": one.owner}, voice.of(one.needs)]
        for one in found.services
        if one.value is None
    ]
    columns = [
        (tr("Promesse ou service", "Promise or service"), "left", "1.3fr"),
        (tr("Ce qu'il faudrait pour le mesurer", "What would measure it"), "left", "2fr"),
    ]
    title = tr("Ce qui n'est pas mesuré", "What is not measured")
    if not rows:
        return Section(title, [model.text(tr("Tout est mesuré.", "Everything is measured."))])
    return Section(title, [model.table(tr("Non mesuré", "Not measured"), columns, rows)])


def _service(voice: Voice, one: Expected) -> str:
    return f"{voice.of(one.commitment)}{voice.colon}{voice.of(one.label)}"


def _used(found: Followup) -> set[str]:
    used = {name for one in (*found.commitments, *found.further) for name in one.standing.snapshots}
    used |= {one.snapshot for one in found.alerts if one.snapshot} | {
        one.snapshot for one in found.changed if one.snapshot
    }
    used |= {shown.snapshot for one in found.commitments for shown in one.shown if shown.snapshot}
    used |= {name for one in found.social_gap for name in one.snapshots}
    return used | {name for one in found.inequality for name in one.snapshots}


def _method(voice: Voice) -> list[str]:
    tr = voice.tr
    return [
        tr(
            "Verdicts : « atteint », « en bonne voie », « en retard », « s'éloigne » ou « non mesurable », selon "
            "la trajectoire de la base à la cible ou le rythme des douze derniers mois.",
            "Verdicts: reached, on course, late, moving away or not measurable, by the trajectory from baseline "
            "to target or the pace of the last twelve months.",
        ),
        tr(
            "Les chiffres cités viennent de documents publiés, chacun nommé ; quand deux sources diffèrent, les "
            "deux sont gardées.",
            "Quoted figures come from published documents, each named; where two sources differ both are kept.",
        ),
    ]
