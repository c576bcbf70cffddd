const SCALE = 2;
const PADDING = 16;
const TITLE_HEIGHT = 28;
const LEGEND_HEIGHT = 20;
const SWATCH = 8;
const COPIED = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'fill-opacity',
  'font-size',
  'font-family',
  'font-weight',
  'opacity',
];

/** A copy that looks the same without the page's style sheets. */
function standalone(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [svg.querySelectorAll('*'), copy.querySelectorAll<SVGElement>('*')];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    for (const name of COPIED) copies[i]?.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return copy;
}

async function imageOf(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const image = new Image();
  const text = new XMLSerializer().serializeToString(standalone(svg));
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  return image;
}

/** The names of the series beside their colours, as the legend of the figure shows them. */
function drawLegend(context: CanvasRenderingContext2D, frame: HTMLElement, top: number): void {
  let left = PADDING;
  context.font = `12px ${getComputedStyle(frame).fontFamily}`;
  for (const item of frame.closest('figure')?.querySelectorAll<HTMLElement>('[data-legend] li') ?? []) {
    const swatch = item.querySelector<HTMLElement>('span');
    const look = swatch ? getComputedStyle(swatch) : null;
    const isDashed = look?.borderTopStyle === 'dashed';
    context.fillStyle = (isDashed ? look?.borderTopColor : look?.backgroundColor) ?? '';
    if (isDashed) for (const x of [0, 6]) context.fillRect(left + x, top + SWATCH / 2 - 1, 4, 2);
    else context.fillRect(left, top, SWATCH, SWATCH);
    const text = item.textContent ?? '';
    context.fillStyle = getComputedStyle(item).color;
    context.fillText(text, left + 2 * SWATCH, top + SWATCH);
    left += 2 * SWATCH + context.measureText(text).width + PADDING;
  }
}

/** Saves the chart in `frame` as a PNG with its title and legend, in the colours of the screen. */
export async function exportPng(frame: HTMLElement, title: string, fileName: string): Promise<void> {
  const svg = frame.querySelector<SVGSVGElement>('svg.recharts-surface');
  if (!svg) throw new Error('There is no chart to save.');
  const { width, height } = svg.getBoundingClientRect();
  const style = getComputedStyle(frame);
  const canvas = document.createElement('canvas');
  canvas.width = (width + 2 * PADDING) * SCALE;
  canvas.height = (height + 2 * PADDING + TITLE_HEIGHT + LEGEND_HEIGHT) * SCALE;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot export the chart as an image. Try another browser.');
  context.scale(SCALE, SCALE);
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.color;
  context.font = `600 14px ${style.fontFamily}`;
  context.fillText(title, PADDING, PADDING + 12);
  drawLegend(context, frame, PADDING + TITLE_HEIGHT - 4);
  context.drawImage(await imageOf(svg), PADDING, PADDING + TITLE_HEIGHT + LEGEND_HEIGHT, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('Could not create the image. Try again, or use another browser.');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}
