import { useApp } from './app-context.ts'
import { ChartScreen } from './screens/chart-screen.tsx'
import { GiveScreen } from './screens/give-screen.tsx'
import { HandOverScreen } from './screens/hand-over-screen.tsx'
import { HandingScreen } from './screens/handing-screen.tsx'
import { HiddenScreen } from './screens/hidden-screen.tsx'
import { NotAcknowledgedScreen } from './screens/not-acknowledged-screen.tsx'
import { PaperScreen } from './screens/paper-screen.tsx'
import { PausedScreen } from './screens/paused-screen.tsx'
import { PrintScreen } from './screens/print-screen.tsx'
import { ReceiptScreen } from './screens/receipt-screen.tsx'
import { ResponseScreen } from './screens/response-screen.tsx'
import { RetractScreen } from './screens/retract-screen.tsx'
import { ReviewScreen } from './screens/review-screen.tsx'
import { StartingScreen } from './screens/starting-screen.tsx'
import { ThanksScreen } from './screens/thanks-screen.tsx'

/** The screen that the state names. A screen whose subject is not there yet waits. */
export function ScreenView() {
  const { screen, chart, form } = useApp().state
  switch (screen.name) {
    case 'chart':
      return chart ? <ChartScreen chart={chart} /> : <StartingScreen />
    case 'give':
      return <GiveScreen />
    case 'paper':
      return form ? <PaperScreen form={form} /> : <StartingScreen />
    case 'handing':
      return form ? <HandingScreen form={form} /> : <StartingScreen />
    case 'hand-over':
      return form ? <HandOverScreen form={form} page={screen.page} problem={screen.problem} /> : <StartingScreen />
    case 'hidden':
      return <HiddenScreen page={screen.page} />
    case 'paused':
      return <PausedScreen problem={screen.problem} />
    case 'thanks':
      return <ThanksScreen problem={screen.problem} notSaved={screen.notSaved} />
    case 'review':
      return <ReviewScreen review={screen} />
    case 'response':
      return <ResponseScreen response={screen.response} />
    case 'retract':
      return <RetractScreen response={screen.response} />
    case 'not-acknowledged':
      return <NotAcknowledgedScreen alertKey={screen.key} step={screen.step} reason={screen.reason} />
    case 'print':
      return chart ? <PrintScreen chart={chart} sheet={screen.sheet} /> : <StartingScreen />
    case 'receipt':
      return <ReceiptScreen receipt={screen.receipt} response={screen.response} />
    default:
      return <StartingScreen />
  }
}
