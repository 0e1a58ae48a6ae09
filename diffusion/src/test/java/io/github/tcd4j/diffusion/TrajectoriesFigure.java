package io.github.tcd4j.diffusion;

import io.github.tcd4j.diffusion.schedule.VpSchedule;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Draws docs/trajectories.png: four steps of strategic stochastic sampling at three gammas, with
 * the exact flow of a mixture on the line for the trajectory function. Noise is on the left.
 *
 * <pre>{@code
 * java -cp diffusion/target/test-classes:diffusion/target/classes:tensor/target/classes \
 *     io.github.tcd4j.diffusion.TrajectoriesFigure docs/trajectories.png
 * }</pre>
 */
final class TrajectoriesFigure {
  private static final int WIDTH = 400;
  private static final int HEIGHT = 330;
  private static final int MARGIN = 30;
  private static final double[] TIMES = {999, 759, 499, 259, 0};
  private static final double[] GAMMAS = {0, 0.3, 1};
  private static final Color FLOW = new Color(0xB8C4D0);
  private static final Color JUMP = new Color(0x1F5FBF);
  private static final Color NOISE = new Color(0xD9822B);

  private final VpSchedule schedule = VpSchedule.stableDiffusion();
  private final Graphics2D ink;
  private final int left;

  private TrajectoriesFigure(Graphics2D ink, int left) {
    this.ink = ink;
    this.left = left;
  }

  public static void main(String[] args) throws IOException {
    BufferedImage image =
        new BufferedImage(WIDTH * GAMMAS.length, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D ink = image.createGraphics();
    ink.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    ink.setColor(Color.WHITE);
    ink.fillRect(0, 0, image.getWidth(), HEIGHT);
    for (int i = 0; i < GAMMAS.length; i++) {
      new TrajectoriesFigure(ink, i * WIDTH).panel(GAMMAS[i]);
    }
    ImageIO.write(image, "png", new File(args[0]));
  }

  private void panel(double gamma) {
    ink.setColor(Color.DARK_GRAY);
    ink.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    ink.drawString("gamma " + gamma, left + MARGIN, 20);
    for (double t : TIMES) {
      ink.drawString(Integer.toString((int) t), (float) across(t) - 10, HEIGHT - 8);
    }
    for (double start = -2.4; start < 2.41; start += 0.3) {
      double x = start;
      for (double t = 999; t > 0; t -= 9) {
        double next = flow(x, t, t - 9);
        line(t, x, t - 9, next, FLOW, 1);
        x = next;
      }
    }
    Random random = new Random(3);
    for (double start : new double[] {-1.2, 0.25, 1.5}) {
      denoise(start, gamma, random);
    }
  }

  /** Algorithm 4: jump to s' in blue, draw noise back to s in orange. */
  private void denoise(double start, double gamma, Random random) {
    double x = start;
    for (int n = 0; n + 1 < TIMES.length; n++) {
      double s = TIMES[n + 1];
      double lower = Math.floor((1 - gamma) * s);
      double reached = flow(x, TIMES[n], lower);
      line(TIMES[n], x, lower, reached, JUMP, 2);
      double share = schedule.alpha(s) / schedule.alpha(lower);
      x = share * reached + Math.sqrt(Math.max(0, 1 - share * share)) * random.nextGaussian();
      if (lower < s) {
        line(lower, reached, s, x, NOISE, 1.5f);
      }
      ink.setColor(JUMP);
      ink.fill(new Ellipse2D.Double(across(s) - 3, down(x) - 3, 6, 6));
    }
  }

  private double flow(double x, double t, double s) {
    return GaussianMixture.LINE.flow(x, schedule.lambda(t), schedule.lambda(s), 60);
  }

  private void line(double t, double x, double s, double y, Color color, float width) {
    ink.setColor(color);
    ink.setStroke(new BasicStroke(width));
    ink.draw(new Line2D.Double(across(t), down(x), across(s), down(y)));
  }

  private double across(double t) {
    return left + MARGIN + (999 - t) / 999 * (WIDTH - 2 * MARGIN);
  }

  private static double down(double x) {
    return HEIGHT / 2.0 - x / 3 * (HEIGHT / 2.0 - MARGIN);
  }
}
