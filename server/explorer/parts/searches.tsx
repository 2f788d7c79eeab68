/** The two searches of the first page: for campaigns, and for a banner. */
import type { HomeView } from '../views/home-view.ts'

/** Forms side by side. */
export function Searches({ view: { root, query, fault } }: { view: HomeView }) {
  return (
    <search class="searches">
      <form class="search" method="get" action={root}>
        <label for="q">Campaign id begins with</label>
        <input
          id="q"
          type="text"
          name="q"
          value={query.digits}
          inputmode="numeric"
          autocomplete="off"
          maxlength={20}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'fault'}
        />
        {query.since !== undefined && <input type="hidden" name="since" value={query.since} />}
        <button type="submit">Search</button>
      </form>
      <BannerForm action={`${root}explorer/banners`} label="Banner id" button="Find" />
    </search>
  )
}

/** Asks for the id of a banner. */
export function BannerForm(form: {
  readonly action: string
  readonly label: string
  readonly button: string
}) {
  return (
    <form class="search" method="get" action={form.action}>
      <label for="banner">{form.label}</label>
      <input
        id="banner"
        type="text"
        name="id"
        inputmode="numeric"
        autocomplete="off"
        maxlength={20}
        required
      />
      <button type="submit">{form.button}</button>
    </form>
  )
}
