// A plot that is drawn while it can be seen: what scrolls into sight is drawn then, with what holds by then.
// Plotly gets the plain figure, not the page's watched copy of it, which is slow to read.
const plain = (value) => (value && value.__v_raw ? plain(value.__v_raw) : value);

export default {
  template: "<div></div>",
  props: { options: Object },
  created() {
    this.revision = 0;
  },
  async mounted() {
    const { Plotly } = await import("nicegui-plotly");
    if (!this.$el.isConnected) return;
    this.plotly = Plotly;
    this.sight = new IntersectionObserver((seen) => {
      this.seen = seen[seen.length - 1].isIntersecting;
      this.draw();
    });
    this.sight.observe(this.$el);
    this.size = new ResizeObserver(() => {
      if (this.drawn && this.$el.offsetParent) Plotly.Plots.resize(this.$el);
    });
    this.size.observe(this.$el);
    document.addEventListener("caloriq-anew", this.anew);
  },
  unmounted() {
    document.removeEventListener("caloriq-anew", this.anew);
    this.sight?.disconnect();
    this.size?.disconnect();
    this.plotly?.purge(this.$el);
  },
  methods: {
    update() {
      this.draw();
    },
    anew() {
      this.revision += 1; // another file: a zoom into the last one's plot shows nothing of this one
    },
    draw(always = false) {
      const figure = plain(this.options);
      if (!this.plotly || figure === this.drawn || !(this.seen || always)) return;
      this.drawn = figure;
      const layout = { ...figure.layout, uirevision: `file ${this.revision}` }; // a zoom stays with it
      return this.plotly.react(this.$el, figure.data, layout, { ...figure.config, responsive: false });
    },
    async take(options) {
      await this.draw(true);
      await this.plotly.downloadImage(this.$el, options);
    },
  },
};
