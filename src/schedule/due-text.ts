import type { Instrument, Language } from '../instrument/instrument.ts'
import type { Due, DueState } from './due.ts'

const WORDS: Readonly<Record<Language, Readonly<Record<DueState, string>> & { readonly again: string; readonly after: string }>> = {
  en: {
    done: 'done on {doneOn}',
    due: 'due until {until}',
    overdue: 'overdue since {until}: not screened',
    missed: 'missed: not screened',
    upcoming: 'from {from}',
    withheld: 'not asked: no child is with her',
    again: 'asked lately, again from {notBefore}; a safety item that was left out may be asked at once',
    after: 'after birth',
  },
  ja: {
    done: '{doneOn} に実施',
    due: '{until} まで',
    overdue: '{until} を過ぎた:未実施',
    missed: '時期を過ぎた:未実施',
    upcoming: '{from} から',
    withheld: '尋ねない:児がそばにいない',
    again: '最近実施、次は {notBefore} から。未回答の安全項目はすぐに尋ねてよい',
    after: '出産後',
  },
}

/** How one form of a visit stands, in one line: `2 weeks after birth, EPDS: overdue since 2026-03-21: not screened`. It says nothing of earlier results. */
export function dueText(due: Due, instruments: readonly Instrument[], language: Language): string {
  const words = WORDS[language]
  const { visit, state, from, notBefore } = due
  const names = due.instruments.map((id) => instruments.findLast((one) => one.id === id)?.shortTitle[language] ?? id)
  const text =
    state !== 'upcoming' ? words[state] : notBefore !== undefined ? words.again : from === undefined ? words.after : words.upcoming
  const said = text.replaceAll(
    /\{(from|until|doneOn|notBefore)\}/g,
    (_, name: 'from' | 'until' | 'doneOn' | 'notBefore') => due[name] ?? '',
  )
  return language === 'ja' ? `${visit.title.ja}・${names.join('または')}:${said}` : `${visit.title.en}, ${names.join(' or ')}: ${said}`
}
