import { useFormats } from '../../../i18n/format.ts'
import { useSay } from '../../../i18n/use-say.ts'
import styles from '../fields.module.css'
import { endOf, type ControlProps } from './control.tsx'
import { useTypedText } from './use-typed-text.ts'

/** A scale with its ends named. Nothing is given until somebody moves it: the middle is no answer. */
export function SliderField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const formats = useFormats()
  const present = item.answers[0]
  const value = present?.valueInteger ?? present?.valueDecimal ?? present?.valueQuantity?.value
  const typed = useTypedText(item.key, value === undefined ? '' : String(value))
  const [min, max] = [endOf(item.limits.minValue) ?? 0, endOf(item.limits.maxValue) ?? 100]
  const given = typed.value !== ''
  const unit = item.unit?.display ?? item.unit?.code ?? item.facts.labels.unit[0]?.text
  const shown = given ? [formats.number(typed.value), unit].filter(Boolean).join(' ') : say('form.slider.none')
  return (
    <span className={styles.slider}>
      <span className={styles.sliderEnds} aria-hidden="true">
        <span>{item.facts.labels.lower[0]?.text ?? formats.number(min)}</span>
        <output htmlFor={id}>{shown}</output>
        <span>{item.facts.labels.upper[0]?.text ?? formats.number(max)}</span>
      </span>
      <input
        id={id}
        type="range"
        className={given ? styles.range : styles.rangeEmpty}
        min={min}
        max={max}
        step={item.facts.sliderStep ?? (item.type === 'integer' ? 1 : 'any')}
        value={given ? typed.value : String((min + max) / 2)}
        disabled={readOnly}
        aria-valuetext={shown}
        aria-describedby={describedBy}
        aria-invalid={invalid || undefined}
        onChange={(event) => typed.onChange(event.target.value)}
        onBlur={typed.onBlur}
      />
    </span>
  )
}
