/** A bar beside a number. The number says it all, so the bar is hidden from screen readers. */

const WIDTH = 100
const HEIGHT = 6

/** A bar as long as the value's share of the greatest. Its width is an attribute: the policy permits no style. */
export function Bar({ value, greatest }: { value: number; greatest: number }) {
  const share = greatest > 0 ? Math.min(value / greatest, 1) : 0
  return (
    <svg
      class="bar"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="track" width={WIDTH} height={HEIGHT} />
      <rect class="fill" width={Number((share * WIDTH).toFixed(2))} height={HEIGHT} />
    </svg>
  )
}
